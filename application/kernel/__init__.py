"""How every command is run: context, session, dispatch, effects."""
