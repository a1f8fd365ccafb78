"""Originals as objects in S3-compatible storage: knows no record and no retention rule."""
