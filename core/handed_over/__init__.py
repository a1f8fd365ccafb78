"""What stays here of cases that an archive took: people decide whether it is kept, and end it under proof."""
