"""Latents of the GAN by keys: each picture's depend on its own key alone."""

import jax
import jax.numpy as jnp

from genart.nets.gan import GanConfig, Latent


def draw(keys: jax.Array, config: GanConfig, *, grid: tuple[int, int] | None = None) -> Latent:
    """One latent for each key.

    Parameters
    ----------
    keys : [n]
    grid : rows and columns of places, of textures; by default those of the training pictures

    Returns
    -------
    Latent of n pictures. Classes, where the network has any, are drawn too: one each, all alike likely.
    """
    rows, columns = grid or config.grid

    def one(key: jax.Array) -> Latent:
        whole, places, phases, kind = jax.random.split(key, 4)
        texture, waves, classes = config.texture, config.waves, config.classes
        return Latent(
            whole=jax.random.normal(whole, (config.latent,)),
            places=jax.random.normal(places, (rows, columns, config.local)) if texture else None,
            phases=jax.random.uniform(phases, (waves,)) if texture and waves else None,
            classes=jax.nn.one_hot(jax.random.randint(kind, (), 0, classes), classes) if classes else None,
        )

    return jax.vmap(one)(keys)


def truncated(latent: Latent, truncation: float) -> Latent:
    """Latents nearer to their mean, where pictures are surer and more alike: 1 leaves them, 0 makes all the same."""
    places = None if latent.places is None else truncation * latent.places
    return Latent(whole=truncation * latent.whole, places=places, phases=latent.phases, classes=latent.classes)


def between(first: Latent, second: Latent, share: jax.Array | float) -> Latent:
    """Latents on the way from one to another, as far from the mean as those are (spherical interpolation)."""

    def turned(a: jax.Array | None, b: jax.Array | None) -> jax.Array | None:
        if a is None or b is None:
            return None
        axes = tuple(range(1, a.ndim))
        lengths = jnp.sqrt(jnp.sum(a**2, axes, keepdims=True) * jnp.sum(b**2, axes, keepdims=True))
        cosine = jnp.sum(a * b, axes, keepdims=True) / jnp.maximum(lengths, 1e-12)
        angle = jnp.maximum(jnp.arccos(jnp.clip(cosine, -1, 1)), 1e-4)  # nearly the same: a straight line
        return (jnp.sin((1 - share) * angle) * a + jnp.sin(share * angle) * b) / jnp.sin(angle)

    def mixed(a: jax.Array | None, b: jax.Array | None) -> jax.Array | None:
        return None if a is None or b is None else (1 - share) * a + share * b

    return Latent(
        whole=turned(first.whole, second.whole),  # pyright: ignore[reportArgumentType]
        places=turned(first.places, second.places),
        phases=mixed(first.phases, second.phases),
        classes=mixed(first.classes, second.classes),
    )
