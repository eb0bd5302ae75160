"""The post room: letters are composed, kept as bytes and handed to a relay.

It knows kinds of letters, languages, templates and SMTP. It knows no round, no table and no clock: who is written to
and when is the house's business, and `now` is an argument.
"""
