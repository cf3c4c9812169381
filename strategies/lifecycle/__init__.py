"""What becomes of a connection once it is authenticated: it ends when its credential does.

`connection` is one live connection, `hub` all of an event loop's, `watch` what looks after them. What is
taken back comes from `..journal`. Nothing here decides who gets in: that is the gate's.
"""
