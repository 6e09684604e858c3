"""The live page: frames of a camera painted as they come."""
