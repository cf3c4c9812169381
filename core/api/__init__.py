"""The login API: where credentials come from, and where they end. Which of them opens a socket is no matter here."""
