"""The thin HTTP layer: schema to command to dispatch, query to answer."""
