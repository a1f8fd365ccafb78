"""Rewards of learners («поощрения»), with the documents that prove them and the orders that grant them."""
