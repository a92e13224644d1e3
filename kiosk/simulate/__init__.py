"""Far ends that speak the real protocols over the real paths."""
