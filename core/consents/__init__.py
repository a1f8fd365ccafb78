"""Consents to the processing of personal data, duties of 152-ФЗ with their days, and blocking from use."""
