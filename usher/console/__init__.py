"""The local browser console: looks into a running usher, and acts only with its token."""
