"""The end of the institution itself: recorded by one, confirmed by another; then cases are released one by one."""
