"""The built-in ways of a letter: a mail server, files, or the mailbox where it is kept to be read.

One module each, loaded by the entry points `shoplytics.mailers` and `shoplytics.sms_senders`.
"""
