"""Documents typeset with typst."""
