"""The registry: people, files, documents, and the rules of who may do what with them."""
