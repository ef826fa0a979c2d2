"""What is stored: pydantic models only, one file per noun. Times are integers in UTC; the unit stands in the name."""
