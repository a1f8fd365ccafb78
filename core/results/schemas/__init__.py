"""What the API says and hears of results."""
