"""Who is told of what has happened: subscriptions, and the messages that notifier plugins send for them."""
