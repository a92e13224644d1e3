"""The pages people see: resident and staff."""
