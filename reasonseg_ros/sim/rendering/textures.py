# SPDX-License-Identifier: Apache-2.0
"""Grey patterns for table and floor, made by rule. Tints are chosen per scene, elsewhere."""

import numpy as np

SIDE = 256
TEXTURES = ('plain', 'noise', 'wood', 'planks', 'checker', 'fine checker', 'stripes', 'speckle',
            'gradient', 'cloth', 'tiles', 'marble')


def texture(name: str) -> np.ndarray:
    """Return the pattern uint8 [256, 256, 3], grey, bright enough to be tinted by a product."""
    rng = np.random.default_rng(TEXTURES.index(name))
    grey = np.clip(_PATTERNS[name](rng), 0.0, 1.0)
    return np.repeat(np.round(255 * grey).astype(np.uint8)[:, :, None], 3, axis=2)


def _smooth(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Return noise [256, 256] about 0 whose waves have about `rows` x `columns` periods."""
    wave = np.fft.fftfreq(SIDE, 1 / SIDE)
    y, x = np.meshgrid(wave, wave, indexing='ij')
    keep = np.exp(-((y / rows) ** 2 + (x / columns) ** 2))
    noise = np.fft.ifft2(np.fft.fft2(rng.standard_normal((SIDE, SIDE))) * keep).real
    smooth: np.ndarray = noise / noise.std()
    return smooth


def _grid() -> tuple[np.ndarray, np.ndarray]:
    return np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing='ij')


def _plain(rng: np.random.Generator) -> np.ndarray:
    return np.full((SIDE, SIDE), 0.95)


def _noise(rng: np.random.Generator) -> np.ndarray:
    return 0.85 + 0.06 * _smooth(rng, 6, 6) + 0.03 * _smooth(rng, 40, 40)


def _wood(rng: np.random.Generator) -> np.ndarray:
    rings = np.sin(2 * np.pi * 7 * np.arange(SIDE)[:, None] / SIDE + 1.5 * _smooth(rng, 3, 2))
    return 0.80 + 0.09 * rings + 0.04 * _smooth(rng, 60, 4)


def _planks(rng: np.random.Generator) -> np.ndarray:
    y, _ = _grid()
    tone = rng.uniform(0.72, 0.98, 4)[y // 64]
    seam = (y % 64) < 3
    return np.where(seam, 0.45, tone + 0.03 * _smooth(rng, 50, 4))


def _checker(rng: np.random.Generator) -> np.ndarray:
    y, x = _grid()
    return np.where((y // 32 + x // 32) % 2, 0.95, 0.62)


def _fine_checker(rng: np.random.Generator) -> np.ndarray:
    y, x = _grid()
    return np.where((y // 16 + x // 16) % 2, 0.95, 0.78)


def _stripes(rng: np.random.Generator) -> np.ndarray:
    _, x = _grid()
    return np.where((x // 16) % 2, 0.95, 0.70)


def _speckle(rng: np.random.Generator) -> np.ndarray:
    return np.where(rng.random((SIDE, SIDE)) < 0.04, 0.45, 0.92)


def _gradient(rng: np.random.Generator) -> np.ndarray:
    y, _ = _grid()
    return 0.60 + 0.40 * y / SIDE


def _cloth(rng: np.random.Generator) -> np.ndarray:
    y, x = _grid()
    return 0.85 + 0.08 * np.sin(2 * np.pi * y / 8) * np.sin(2 * np.pi * x / 8) + 0.03 * _smooth(
        rng, 8, 8)


def _tiles(rng: np.random.Generator) -> np.ndarray:
    y, x = _grid()
    tone = rng.uniform(0.80, 0.98, (4, 4))[y // 64, x // 64]
    return np.where(((y % 64) < 3) | ((x % 64) < 3), 0.55, tone)


def _marble(rng: np.random.Generator) -> np.ndarray:
    veins = np.abs(_smooth(rng, 5, 5))
    tone: np.ndarray = 0.95 - 0.35 * np.exp(-(veins / 0.12) ** 2) + 0.02 * _smooth(rng, 20, 20)
    return tone


_PATTERNS = {'plain': _plain, 'noise': _noise, 'wood': _wood, 'planks': _planks,
             'checker': _checker, 'fine checker': _fine_checker, 'stripes': _stripes,
             'speckle': _speckle, 'gradient': _gradient, 'cloth': _cloth, 'tiles': _tiles,
             'marble': _marble}
