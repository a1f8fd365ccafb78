"""Paperwork («оформление»): papers made from what the registry says, issued, filed, signed; acts certified by them."""
