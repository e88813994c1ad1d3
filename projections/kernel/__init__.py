"""The one loop all consumers of the feed run in, and what read models are made of."""
