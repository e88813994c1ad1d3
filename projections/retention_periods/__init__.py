"""How long an organisation keeps each class of data, where it has said so itself."""
