"""The rules of identity: what an identifier looks like, what a password must be, what a token proves."""
