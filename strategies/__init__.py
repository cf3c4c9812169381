"""WebSocket authentication for Django Channels: how a credential travels, and what makes it good.

A *strategy* says how a credential travels, a *backend* turns it into an identity, a *policy* holds
the rules of a route, and the *gate* joins the three in front of an unchanged consumer. Start at
`registry` to use it, at `strategy` and `backend` to extend it, at `gate` to see what is promised.

The package never says its own name: imports are relative and names of its own are given by alias,
so that it works under whatever name it is installed or copied.
"""
