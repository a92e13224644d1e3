"""The community's rules as a file: read whole, written, signed, kept by version and date."""
