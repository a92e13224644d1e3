"""Gate kiosk: screens residents at the gate of a community, off line first."""

__version__ = "0.1.0"
