"""Events to stored bytes and back."""
