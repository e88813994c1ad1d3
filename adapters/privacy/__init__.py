"""What erasure needs from outside: the keys, the journal beside the database, the export of a person's facts."""
