# SPDX-License-Identifier: Apache-2.0
"""Blender side of the default presenter: meshes, curves, materials, light, camera."""

import bpy
import numpy as np
from mathutils import Vector


def clear():
    bpy.ops.wm.read_factory_settings(use_empty=True)


def link(name, data):
    obj = bpy.data.objects.new(name, data)
    bpy.context.collection.objects.link(obj)
    return obj


def mesh_object(name, verts, faces, levels=0):
    """A smooth mesh; with levels, subdivided for good. Returns object, vertices, normals, faces as
    arrays.
    """
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([tuple(p) for p in verts], [], [list(map(int, f)) for f in faces])
    obj = link(name, mesh)
    if levels:
        mod = obj.modifiers.new("fine", "SUBSURF")
        mod.levels = mod.render_levels = levels
        fine = bpy.data.meshes.new_from_object(
            obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
        )
        obj.modifiers.clear()
        obj.data = mesh = fine
    mesh.shade_smooth()
    return obj


def arrays(obj):
    mesh = obj.data
    v, n = np.empty(len(mesh.vertices) * 3), np.empty(len(mesh.vertices) * 3)
    mesh.vertices.foreach_get("co", v)
    mesh.vertices.foreach_get("normal", n)
    return v.reshape(-1, 3), n.reshape(-1, 3), [tuple(p.vertices) for p in mesh.polygons]


def discard(obj):
    bpy.data.objects.remove(obj)


def set_points(obj, verts):
    obj.data.vertices.foreach_set("co", np.ascontiguousarray(verts, dtype=np.float32).ravel())
    obj.data.update()


def paint(obj, name, values):
    """A per-vertex number or colour that materials read by name."""
    values = np.asarray(values, dtype=np.float32)
    if values.ndim == 1:
        obj.data.attributes.new(name, "FLOAT", "POINT").data.foreach_set("value", values)
    else:
        rgba = np.ones((len(values), 4), np.float32)
        rgba[:, :3] = values
        obj.data.attributes.new(name, "FLOAT_COLOR", "POINT").data.foreach_set(
            "color", rgba.ravel()
        )


def strands(name, points, radius, tip=0.25):
    """Curves with a radius that thins towards the tip. points: [strand, point, 3]."""
    m, n, _ = points.shape
    curves = bpy.data.hair_curves.new(name)
    curves.add_curves([n] * m)
    curves.attributes["position"].data.foreach_set(
        "vector", np.ascontiguousarray(points, dtype=np.float32).ravel()
    )
    t = np.linspace(0, 1, n)
    r = np.broadcast_to(
        np.asarray(radius, dtype=np.float32).reshape(-1, 1) * (1 - (1 - tip) * t**2), (m, n)
    )
    attr = curves.attributes.get("radius") or curves.attributes.new("radius", "FLOAT", "POINT")
    attr.data.foreach_set("value", np.ascontiguousarray(r, dtype=np.float32).ravel())
    return link(name, curves)


class Nodes:
    """A material's node tree, written as nested calls."""

    def __init__(self, name):
        self.mat = bpy.data.materials.new(name)
        self.mat.use_nodes = True
        self.tree = self.mat.node_tree
        self.tree.nodes.clear()
        self.out = self.tree.nodes.new("ShaderNodeOutputMaterial")

    def add(self, kind, inputs=None, out=0, **props):
        node = self.tree.nodes.new("ShaderNode" + kind)
        for key, value in props.items():
            setattr(node, key, value)
        for key, value in (inputs or {}).items():
            self.put(node.inputs[key], value)
        return node.outputs[out]

    def put(self, socket, value):
        if hasattr(value, "is_output"):
            self.tree.links.new(value, socket)
        else:
            socket.default_value = value

    def math(self, op, a, b=0.0, c=0.0, clamp=False):
        return self.add("Math", {0: a, 1: b, 2: c}, operation=op, use_clamp=clamp)

    def ramp(self, fac, stops):
        node = self.tree.nodes.new("ShaderNodeValToRGB")
        self.put(node.inputs[0], fac)
        while len(node.color_ramp.elements) < len(stops):
            node.color_ramp.elements.new(0)
        for element, (pos, colour) in zip(node.color_ramp.elements, stops):
            element.position = pos
            element.color = (*colour, 1)
        return node.outputs[0]

    def mix(self, fac, a, b, blend="MIX"):
        node = self.tree.nodes.new("ShaderNodeMix")
        node.data_type, node.blend_type = "RGBA", blend
        self.put(node.inputs[0], fac)
        self.put(node.inputs[6], a)
        self.put(node.inputs[7], b)
        return node.outputs[2]

    def attr(self, name, out=0):
        return self.add("Attribute", out=out, attribute_name=name)

    def done(self, surface):
        self.tree.links.new(surface, self.out.inputs["Surface"])
        return self.mat


def rgba(colour):
    return (*colour, 1.0)


def linear(srgb):
    """0..255 sRGB to linear light."""
    c = np.asarray(srgb, dtype=float) / 255
    return tuple(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4))


def skin_material(person):
    m = Nodes("skin")
    pos = m.add("TexCoord", out="Object")
    colour = m.attr("albedo", out="Color")
    blotch = m.add("TexNoise", {"Vector": pos, "Scale": 7.0, "Detail": 5.0, "Roughness": 0.6})
    fine = m.add("TexNoise", {"Vector": pos, "Scale": 70.0, "Detail": 4.0, "Roughness": 0.7})
    colour = m.mix(
        m.math("MULTIPLY", m.add("MapRange", {0: blotch, 1: 0.35, 2: 0.7}), 0.16),
        colour,
        m.mix(1.0, colour, rgba((0.93, 0.70, 0.66)), "MULTIPLY"),
    )
    colour = m.mix(
        m.math("MULTIPLY", m.add("MapRange", {0: fine, 1: 0.4, 2: 0.75}), 0.22),
        colour,
        m.mix(1.0, colour, rgba((0.80, 0.66, 0.58)), "MULTIPLY"),
    )
    spots = m.add("TexVoronoi", {"Vector": pos, "Scale": 26.0, "Randomness": 1.0}, out="Distance")
    keep = m.add(
        "TexWhiteNoise",
        {"Vector": m.add("TexVoronoi", {"Vector": pos, "Scale": 26.0}, out="Position")},
    )
    spot = m.math(
        "MULTIPLY",
        m.add("MapRange", {0: spots, 1: 0.20, 2: 0.06}),
        m.math("MULTIPLY", m.math("GREATER_THAN", keep, 0.72), m.attr("freckle", out="Fac")),
    )
    colour = m.mix(
        m.math("MULTIPLY", spot, person["freckles"]),
        colour,
        m.mix(1.0, colour, rgba((0.72, 0.52, 0.40)), "MULTIPLY"),
    )
    beard = m.math("MULTIPLY", m.attr("stubble", out="Fac"), person["stubble"])
    colour = m.mix(beard, colour, m.mix(1.0, colour, rgba((0.45, 0.45, 0.48)), "MULTIPLY"))
    lip = m.attr("lip", out="Fac")
    pores = m.add("TexVoronoi", {"Vector": pos, "Scale": 120.0}, out="Distance")
    grain = m.add("TexNoise", {"Vector": pos, "Scale": 160.0, "Detail": 3.0})
    stretch = m.add("Mapping", {"Vector": pos, "Scale": (60.0, 9.0, 9.0)})
    creases = m.add("TexNoise", {"Vector": stretch, "Scale": 1.0, "Detail": 3.0})
    height = m.math("ADD", m.math("MULTIPLY", pores, 0.5), grain)
    height = m.add(
        "Mix", {0: lip, 2: height, 3: m.math("MULTIPLY", creases, 2.4)}, data_type="FLOAT"
    )
    bump = m.add("Bump", {"Strength": 0.42, "Distance": 0.008, "Height": height})
    rough = m.math(
        "ADD", m.attr("rough", out="Fac"), m.math("MULTIPLY", m.math("SUBTRACT", grain, 0.5), 0.22)
    )
    bsdf = m.add(
        "BsdfPrincipled",
        {
            "Base Color": colour,
            "Roughness": rough,
            "Normal": bump,
            "IOR": 1.4,
            "Subsurface Weight": 1.0,
            "Subsurface Radius": (1.0, 0.32, 0.16),
            "Subsurface Scale": 0.028,
            "Specular IOR Level": 0.42,
            "Coat Weight": m.math("MULTIPLY", lip, 0.12),
            "Coat Roughness": 0.28,
            "Sheen Weight": 0.05,
            "Sheen Roughness": 0.4,
        },
        subsurface_method="RANDOM_WALK",
    )
    return m.done(bsdf)


def eye_material(iris):
    """Sclera, limbus, iris and pupil from the place on the eyeball; the object's own z axis is the
    gaze.
    """
    m = Nodes("eye")
    pos = m.add("TexCoord", out="Object")
    xyz = m.tree.nodes.new("ShaderNodeSeparateXYZ")
    m.put(xyz.inputs[0], pos)
    x, y = xyz.outputs[0], xyz.outputs[1]
    r = m.math("SQRT", m.math("ADD", m.math("MULTIPLY", x, x), m.math("MULTIPLY", y, y)))
    angle = m.math("ARCTAN2", y, x)
    rel = m.math("DIVIDE", r, iris["radius"])
    polar = m.add(
        "CombineXYZ",
        {0: m.math("COSINE", angle), 1: m.math("SINE", angle), 2: m.math("MULTIPLY", rel, 0.35)},
    )
    fibre = m.add("TexNoise", {"Vector": polar, "Scale": 11.0, "Detail": 5.0, "Roughness": 0.65})
    broad = m.add("TexNoise", {"Vector": polar, "Scale": 3.0, "Detail": 2.0})
    wobble = m.math("ADD", rel, m.math("MULTIPLY", m.math("SUBTRACT", fibre, 0.5), 0.12))
    body = m.ramp(
        wobble,
        [
            (0.36, iris["inner"]),
            (0.55, iris["middle"]),
            (0.80, iris["outer"]),
            (0.97, iris["limbus"]),
        ],
    )
    light = m.math("MULTIPLY_ADD", fibre, 1.7, 0.25)
    body = m.mix(1.0, body, m.add("CombineColor", {0: light, 1: light, 2: light}), "MULTIPLY")
    body = m.mix(m.add("MapRange", {0: broad, 1: 0.45, 2: 0.7, 4: 0.45}), body, rgba(iris["inner"]))
    pupil = m.add("MapRange", {0: wobble, 1: 0.34, 2: 0.39})
    body = m.mix(pupil, rgba((0.004, 0.003, 0.003)), body)
    veins = m.add("TexNoise", {"Vector": pos, "Scale": 16.0, "Detail": 4.0, "Distortion": 1.6})
    vein = m.math(
        "MULTIPLY",
        m.add(
            "MapRange", {0: m.math("ABSOLUTE", m.math("SUBTRACT", veins, 0.5)), 1: 0.025, 2: 0.0}
        ),
        m.add("MapRange", {0: rel, 1: 1.25, 2: 2.0, 4: 0.30}),
    )
    white = m.ramp(
        rel, [(0.55, (0.74, 0.72, 0.70)), (0.75, (0.72, 0.66, 0.63)), (1.0, (0.62, 0.42, 0.38))]
    )
    white = m.mix(vein, white, rgba((0.55, 0.16, 0.13)))
    edge = m.add("MapRange", {0: rel, 1: 0.93, 2: 1.09}, interpolation_type="SMOOTHSTEP")
    colour = m.mix(edge, body, white)
    bsdf = m.add(
        "BsdfPrincipled",
        {
            "Base Color": colour,
            "Roughness": 0.35,
            "Specular IOR Level": 0.2,
            "Subsurface Weight": m.math("MULTIPLY", edge, 0.35),
            "Subsurface Radius": (1.0, 0.5, 0.4),
            "Subsurface Scale": 0.012,
        },
    )
    return m.done(bsdf)


def cornea_material():
    m = Nodes("cornea")
    fresnel = m.add("Fresnel", {"IOR": 1.42})
    gloss = m.add("BsdfGlossy", {"Color": (2.2, 2.2, 2.2, 1), "Roughness": 0.02})
    return m.done(m.add("MixShader", {0: fresnel, 1: m.add("BsdfTransparent"), 2: gloss}))


def hair_material(name, melanin, redness, roughness=0.32, spread=0.25):
    m = Nodes(name)
    info = m.add("HairInfo", out="Random")
    shade = m.math("MULTIPLY_ADD", m.math("SUBTRACT", info, 0.5), spread, melanin)
    bsdf = m.add(
        "BsdfHairPrincipled",
        {
            "Melanin": shade,
            "Melanin Redness": redness,
            "Roughness": roughness,
            "Radial Roughness": 0.45,
            "Coat": 0.0,
            "IOR": 1.55,
            "Random Roughness": 0.3,
        },
        model="CHIANG",
        parametrization="MELANIN",
    )
    return m.done(bsdf)


def matt_material(name, colour):
    """Brows and lashes: too thin to show the gloss of hair."""
    m = Nodes(name)
    shade = m.math("MULTIPLY_ADD", m.add("HairInfo", out="Random"), 0.6, 0.7)
    tint = m.mix(
        1.0, rgba(colour), m.add("CombineColor", {0: shade, 1: shade, 2: shade}), "MULTIPLY"
    )
    return m.done(
        m.add("BsdfPrincipled", {"Base Color": tint, "Roughness": 0.55, "Specular IOR Level": 0.25})
    )


def cloth_material(name, colour, scale, rough=0.9, sheen=0.35, strength=0.35):
    m = Nodes(name)
    pos = m.add("TexCoord", out="Object")
    wave = m.add(
        "TexWave",
        {"Vector": pos, "Scale": scale, "Distortion": 0.6, "Detail": 2.0},
        wave_type="BANDS",
        bands_direction="X",
        out="Fac",
    )
    cross = m.add(
        "TexWave",
        {"Vector": pos, "Scale": scale, "Distortion": 0.6, "Detail": 2.0},
        wave_type="BANDS",
        bands_direction="Y",
        out="Fac",
    )
    weave = m.math("MULTIPLY", wave, cross)
    large = m.add("TexNoise", {"Vector": pos, "Scale": 5.0, "Detail": 6.0})
    shade = m.math("MULTIPLY_ADD", m.math("ADD", weave, large), 0.30, 0.72)
    tint = m.mix(
        1.0, rgba(colour), m.add("CombineColor", {0: shade, 1: shade, 2: shade}), "MULTIPLY"
    )
    bump = m.add("Bump", {"Strength": strength, "Distance": 0.01, "Height": weave})
    return m.done(
        m.add(
            "BsdfPrincipled",
            {
                "Base Color": tint,
                "Roughness": rough,
                "Normal": bump,
                "Specular IOR Level": 0.2,
                "Sheen Weight": sheen,
                "Sheen Roughness": 0.5,
            },
        )
    )


def wet_material():
    m = Nodes("wet")
    gloss = m.add("BsdfGlossy", {"Color": (1, 1, 1, 1), "Roughness": 0.08})
    return m.done(m.add("MixShader", {0: 0.12, 1: m.add("BsdfTransparent"), 2: gloss}))


def backdrop(image, z, height, y):
    """A plane behind the person that shows a picture (float RGB, linear light, top row first)
    unlit.
    """
    h, w, _ = image.shape
    data = bpy.data.images.new("backdrop", w, h, float_buffer=True)
    data.colorspace_settings.name = "Linear Rec.709"
    full = np.ones((h, w, 4), np.float32)
    full[..., :3] = image[::-1]
    data.pixels.foreach_set(full.ravel())
    m = Nodes("backdrop")
    tex = m.add(
        "TexImage", {"Vector": m.add("TexCoord", out="Generated")}, image=data, extension="EXTEND"
    )
    plane_w = height * w / h
    obj = mesh_object(
        "backdrop",
        [
            (-plane_w / 2, y - height / 2, z),
            (plane_w / 2, y - height / 2, z),
            (plane_w / 2, y + height / 2, z),
            (-plane_w / 2, y + height / 2, z),
        ],
        [(0, 1, 2, 3)],
    )
    obj.data.materials.append(m.done(m.add("Emission", {"Color": tex})))
    obj.visible_diffuse = obj.visible_glossy = obj.visible_transmission = obj.visible_shadow = False
    return obj


def area_light(place, towards, size, power, colour=(1, 1, 1)):
    data = bpy.data.lights.new("light", "AREA")
    data.shape, data.size, data.size_y, data.energy, data.color = (
        "RECTANGLE",
        size[0],
        size[1],
        power,
        colour,
    )
    obj = link("light", data)
    obj.location = place
    obj.rotation_euler = (Vector(towards) - Vector(place)).to_track_quat("-Z", "Y").to_euler()


def surroundings(colour, strength):
    world = bpy.data.worlds.new("world")
    bpy.context.scene.world = world
    world.use_nodes = True
    node = world.node_tree.nodes["Background"]
    node.inputs[0].default_value, node.inputs[1].default_value = rgba(colour), strength


def camera(place, field, size):
    """A long lens straight ahead: field is the width in dm seen at the distance of the eyes."""
    data = bpy.data.cameras.new("camera")
    data.sensor_width = 36
    data.lens = 36 * place[2] / field
    data.clip_end = 1000
    obj = link("camera", data)
    obj.location = place
    scene = bpy.context.scene
    scene.camera = obj
    scene.render.resolution_x, scene.render.resolution_y = size


def render(path, samples, seed, crop=None, seconds=0):
    scene = bpy.context.scene
    if crop:
        r = scene.render
        r.use_border = r.use_crop_to_border = True
        r.border_min_x, r.border_max_x, r.border_min_y, r.border_max_y = (
            crop[0],
            crop[2],
            1 - crop[3],
            1 - crop[1],
        )
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.device, cycles.samples, cycles.seed = "CPU", samples, seed
    cycles.time_limit = seconds
    cycles.use_adaptive_sampling, cycles.adaptive_threshold = True, 0.02
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.max_bounces, cycles.transparent_max_bounces = 6, 12
    cycles.caustics_reflective = cycles.caustics_refractive = False
    scene.cycles_curves.shape = "RIBBONS"
    scene.view_settings.view_transform = "Filmic"
    scene.view_settings.look = "Medium High Contrast"
    scene.view_settings.exposure = 0.2
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGB"
    scene.render.image_settings.compression = 100
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True)
