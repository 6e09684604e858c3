"""Models as artists load them: a network, its codec, a sampler and weights, found by name."""
