"""Identity providers: OpenID Connect, WorkOS AuthKit and Firebase Auth, over HTTP that believes nothing."""
