"""The gate's devices, each behind a port of `kiosk.ports`."""
