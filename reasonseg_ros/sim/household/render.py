# SPDX-License-Identifier: Apache-2.0
"""Draws a stage of solids by casting rays: colour, exact depth and exact ids. Chooses no scene.

Light is direct light from areas with soft shadows, one bounce from what is around, and one mirror
image for polished surfaces; glass is seen through. That is what a photograph of a table shows and
a rasteriser does not: contact shadows, colour that bleeds, reflections. Colours are linear until
`photo.photograph` makes an image of them.
"""

from dataclasses import dataclass

import numpy as np

from reasonseg_ros.sim.household.solids import RayStage, View

EPSILON = 2e-4  # metres that a new ray starts off the surface


@dataclass(frozen=True, eq=False)
class Shot:
    """What one view shows; float32 but for the ids.

    colour  [H, W, 3] linear light
    depth   [H, W] metres along the optical axis, inf = nothing
    ids     uint8 [H, W] of the solids, 0 = no object
    shiny   [H, W] how much the surface mirrors or lets through
    facing  [H, W] cosine between the surface's normal and the ray
    albedo  [H, W, 3] linear colour of the surface itself
    clear   [H, W] share of the light that goes through
    """

    colour: np.ndarray
    depth: np.ndarray
    ids: np.ndarray
    shiny: np.ndarray
    facing: np.ndarray
    albedo: np.ndarray
    clear: np.ndarray


def render(stage: RayStage, view: View, rng: np.random.Generator, bounces: int = 1) -> Shot:
    """Draw one view, one ray a pixel. Raises ValueError when no solid is in view.

    Light from around is found for a quarter of the pixels, smoothed over neighbours on the same
    surface, and spread to the others: it changes slowly, and its noise is what a photograph lacks.
    """
    h, w = view.height, view.width
    y, x = np.mgrid[:h, :w].astype(np.float32)
    pinhole = np.stack([(x - (w - 1) / 2) / view.focal, (y - (h - 1) / 2) / view.focal,
                        np.ones_like(x)], -1).reshape(-1, 3)
    direction = (pinhole @ view.axes).astype(np.float32)
    length = np.linalg.norm(direction, axis=1)
    direction /= length[:, None]
    origin = np.broadcast_to(view.eye.astype(np.float32), direction.shape)
    layer: dict[str, np.ndarray] = {}
    colour, first = _radiance(stage, origin, direction, rng, bounces, layer)
    triangle, distance, facing = first
    owner = np.where(triangle >= 0, stage.owner[triangle], 0)
    depth = np.where(triangle >= 0, distance / length, np.inf)
    ids = np.where(triangle >= 0, stage.ids[owner], 0)
    shiny = np.where(triangle >= 0, np.maximum(
        stage.clear[owner], 0.8 * stage.metal[owner] * stage.gloss[owner]), 0)
    shape = (h, w)
    here = layer['here']
    albedo, normal, body, direct = (_image(layer[name], here, shape)
                                    for name in ('albedo', 'normal', 'body', 'direct'))
    d = np.where(np.isfinite(depth), depth, 1e3).astype(np.float32).reshape(shape)
    # Bounced light on every second pixel of every second row.
    grid = np.zeros(shape, bool)
    grid[::2, ::2] = True
    some = np.flatnonzero(grid.ravel()[here])
    bounced = np.zeros((h * w, 3), np.float32)
    start = layer['point'][some] + layer['normal'][some] * EPSILON
    bounced[here[some]] = _bounced(stage, start, _hemisphere(layer['normal'][some], rng), rng)
    small = _smooth(bounced.reshape(h, w, 3)[::2, ::2], normal[::2, ::2], d[::2, ::2], 3)
    light = _smooth(direct, normal, d, 1) + _spread(small, normal, d)
    total = colour.reshape(h, w, 3) + body * light
    clear = np.where(triangle >= 0, stage.clear[owner], 0)
    return Shot(total, depth.reshape(shape).astype(np.float32), ids.reshape(shape).astype(np.uint8),
                shiny.reshape(shape).astype(np.float32), facing.reshape(shape).astype(np.float32),
                albedo, clear.reshape(shape).astype(np.float32))


def _image(values: np.ndarray, here: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Values [N, 3] of the pixels `here` -> an image float32 [H, W, 3], 0 elsewhere."""
    image = np.zeros((shape[0] * shape[1], 3), np.float32)
    image[here] = values
    return image.reshape(*shape, 3)


def _smooth(light: np.ndarray, normal: np.ndarray, depth: np.ndarray, reach: int) -> np.ndarray:
    """Mean over (2 reach + 1)^2 neighbours with a like normal, at a like depth."""
    h, w = depth.shape
    pad = ((reach, reach), (reach, reach))
    wide, n = np.pad(light, (*pad, (0, 0))), np.pad(normal, (*pad, (0, 0)))
    z = np.pad(depth, pad, constant_values=1e6)
    total, weight = np.zeros_like(light), np.zeros((h, w), np.float32)
    for i in range(2 * reach + 1):
        for j in range(2 * reach + 1):
            at = (slice(i, i + h), slice(j, j + w))
            like = ((np.einsum('hwc,hwc->hw', n[at], normal) > 0.9)
                    & (np.abs(z[at] - depth) < 0.03 * depth))
            total += wide[at] * like[..., None]
            weight += like
    return total / np.maximum(weight, 1)[..., None]


def _spread(small: np.ndarray, normal: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Values of every second pixel -> of every pixel, from the nearest four on a like surface."""
    h, w = depth.shape
    row, col = np.arange(h) // 2, np.arange(w) // 2
    total, weight = np.zeros((h, w, 3), np.float32), np.zeros((h, w), np.float32)
    n2, z2 = normal[::2, ::2], depth[::2, ::2]
    for i in (0, 1):
        for j in (0, 1):
            r = np.minimum(row + i * (np.arange(h) % 2), len(small) - 1)
            c = np.minimum(col + j * (np.arange(w) % 2), small.shape[1] - 1)
            turn = np.clip(np.einsum('hwc,hwc->hw', n2[r][:, c], normal), 0, 1) ** 4
            like = turn * (np.abs(z2[r][:, c] - depth) < 0.03 * depth) + 1e-4
            total += small[r][:, c] * like[..., None]
            weight += like
    return total / weight[..., None]


def _radiance(stage: RayStage, origin: np.ndarray, direction: np.ndarray, rng: np.random.Generator,
              bounces: int, layer: dict[str, np.ndarray] | None = None) -> tuple[np.ndarray,
                                                                                 tuple[np.ndarray,
                                                                                       np.ndarray,
                                                                                       np.ndarray]]:
    """Light [N, 3] that comes along rays, and (triangle, distance, cosine) of their first hits.

    With a `layer`, diffuse light is left out of it and kept there to be smoothed.
    """
    triangle, distance, u, v = stage.hit(origin, direction)
    light = np.empty((len(direction), 3), np.float32)
    facing = np.zeros(len(direction), np.float32)
    missed = triangle < 0
    light[missed] = _sky(stage, direction[missed])
    here = np.flatnonzero(~missed)
    if len(here):
        t, d = triangle[here], direction[here]
        point = origin[here] + d * distance[here, None]
        a, b = u[here, None], v[here, None]
        corners = stage.normals[t]
        normal = corners[:, 0] * (1 - a - b) + corners[:, 1] * a + corners[:, 2] * b
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        normal = np.where((normal * d).sum(1, keepdims=True) > 0, -normal, normal)
        owner = stage.owner[t]
        facing[here] = -(normal * d).sum(1)
        light[here] = _shade(stage, owner, point, normal, d, rng, bounces, layer)
    if layer is not None:
        layer['here'] = here
        if not len(here):
            raise ValueError('nothing in view')
    return light, (triangle, distance, facing)


def _sky(stage: RayStage, direction: np.ndarray) -> np.ndarray:
    light: np.ndarray = stage.sky * (0.6 + 0.4 * direction[:, 2:3])
    return light


def _shade(stage: RayStage, owner: np.ndarray, point: np.ndarray, normal: np.ndarray, d: np.ndarray,
           rng: np.random.Generator, bounces: int,
           layer: dict[str, np.ndarray] | None = None) -> np.ndarray:
    """Light [N, 3] that points send against d; what else is needed goes into the `layer`."""
    albedo = stage.albedo(owner, point, normal)
    gloss, metal = stage.gloss[owner], stage.metal[owner]
    start = point + normal * EPSILON
    cosine = np.clip(-(normal * d).sum(1), 0, 1)
    fresnel = 0.04 + 0.96 * (1 - cosine) ** 5
    diffuse = np.zeros_like(albedo)
    shine = np.zeros_like(albedo)
    power = 4 * 10 ** (3 * gloss)  # Blinn-Phong exponent
    for area in stage.areas:
        s = rng.uniform(-1, 1, (len(point), 2)).astype(np.float32)
        to = (area.centre + s[:, :1] * area.u + s[:, 1:] * area.v - point).astype(np.float32)
        square = (to * to).sum(1)
        unit = to / np.sqrt(square)[:, None]
        face = np.cross(area.u, area.v)
        surface = 4 * np.linalg.norm(face)
        face = face / np.linalg.norm(face)
        lit = np.clip((normal * unit).sum(1), 0, None)
        emit = np.abs(unit @ face).astype(np.float32)
        weight = lit * emit * surface / np.maximum(square, 0.05)
        idx = np.flatnonzero(weight > 1e-4)
        if not len(idx):
            continue
        weight[idx] *= stage.clear_way(start[idx], to[idx])
        arriving = weight[:, None] * area.radiance.astype(np.float32) / np.pi
        diffuse += arriving
        half = unit - d
        half /= np.maximum(np.linalg.norm(half, axis=1, keepdims=True), 1e-6)
        lobe = np.clip((normal * half).sum(1), 0, 1) ** power * (power + 8) / 8
        shine += arriving * (lobe * (0.03 + 0.5 * gloss * fresnel))[:, None]
    if bounces > 0:
        if layer is None:
            diffuse += _bounced(stage, start, _hemisphere(normal, rng), rng)
        mirror = np.flatnonzero((gloss > 0.35) | metal)
        if len(mirror):
            along = (d[mirror] * normal[mirror]).sum(1, keepdims=True)
            reflected = d[mirror] - 2 * along * normal[mirror]
            rough = (1 - gloss[mirror]) * 0.35
            jitter = rng.normal(size=reflected.shape).astype(np.float32)
            reflected = reflected + rough[:, None] * jitter
            reflected /= np.linalg.norm(reflected, axis=1, keepdims=True)
            seen = _bounced(stage, start[mirror], reflected.astype(np.float32), rng)
            amount = np.where(metal[mirror], 0.75, fresnel[mirror] * gloss[mirror])[:, None]
            shine[mirror] += seen * amount * np.where(metal[mirror, None], albedo[mirror], 1.0)
    else:
        diffuse += stage.ambient * stage.sky
    body = np.where(metal[:, None], 0.25 * albedo, albedo)
    result: np.ndarray = np.where(metal[:, None], albedo, 1.0) * shine
    if layer is None:
        result += body * diffuse
    opaque = np.ones(len(point), np.float32)
    clear = np.flatnonzero(stage.clear[owner] > 0)
    if len(clear) and bounces > -3:
        beyond = point[clear] + d[clear] * 2 * EPSILON
        through, _ = _radiance(stage, beyond, d[clear], rng, bounces - 1)
        share = (stage.clear[owner[clear]] * (1 - fresnel[clear]))[:, None]
        tint = 0.35 + 0.65 * albedo[clear]
        result[clear] = share * tint * through + (1 - share) * result[clear]
        opaque[clear] = 1 - share[:, 0]
    if layer is not None:
        layer.update(albedo=albedo, normal=normal.astype(np.float32), point=point, direct=diffuse,
                     body=body * opaque[:, None])
    return result


def _bounced(stage: RayStage, origin: np.ndarray, direction: np.ndarray,
             rng: np.random.Generator) -> np.ndarray:
    """Light [N, 3] along rays from what they hit, lit by one of the areas and from around."""
    triangle, distance, _, _ = stage.hit(origin, direction)
    light = _sky(stage, direction)
    here = np.flatnonzero(triangle >= 0)
    if len(here):
        t = triangle[here]
        normal = stage.normals[t, 0]
        normal = np.where((normal * direction[here]).sum(1, keepdims=True) > 0, -normal, normal)
        point = origin[here] + direction[here] * distance[here, None]
        albedo = stage.albedo(stage.owner[t], point, normal)
        lit = np.full_like(albedo, stage.ambient) * stage.sky
        if stage.areas:
            area = stage.areas[int(rng.integers(len(stage.areas)))]
            to = (area.centre - point).astype(np.float32)
            square = (to * to).sum(1)
            weight = np.clip((normal * to).sum(1) / np.sqrt(square), 0, None) * 4
            weight = weight * np.linalg.norm(np.cross(area.u, area.v)) / np.maximum(square, 0.05)
            idx = np.flatnonzero(weight > 1e-3)
            if len(idx):
                weight[idx] *= stage.clear_way(point[idx] + normal[idx] * EPSILON, to[idx])
            lit += weight[:, None] * area.radiance.astype(np.float32) / np.pi * len(stage.areas)
        light[here] = albedo * lit
    return light


def _hemisphere(normal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Directions about normals, more often near them (cosine law)."""
    ball = rng.normal(size=normal.shape).astype(np.float32)
    ball /= np.linalg.norm(ball, axis=1, keepdims=True)
    around: np.ndarray = normal + 0.999 * ball
    around /= np.maximum(np.linalg.norm(around, axis=1, keepdims=True), 1e-6)
    return around
