# SPDX-License-Identifier: Apache-2.0
"""Face restorers of the true size with random weights, which have the speed and the memory of real ones: GFPGAN 1.3 and
1.4 (Wang et al. 2021: a U-Net whose features scale and shift half of those of a StyleGAN2 generator) and CodeFormer
(Zhou et al. 2022: a VQGAN whose codes a transformer predicts, with what the encoder saw fused into the decoder).

Written after the papers and the shapes of the published networks; names of weights are our own, so that no checkpoint
can be loaded. For check_enhance.py."""
SIDE = 512
NETWORKS = ("gfpgan", "codeformer")
OPSET = 17
CHANNELS = {4: 512, 8: 512, 16: 512, 32: 512, 64: 512, 128: 256, 256: 128, 512: 64}  # of StyleGAN2, twice as wide
STYLE = 512


def gfpgan():
    import torch
    nn, functional = torch.nn, torch.nn.functional
    sides = sorted(CHANNELS)

    def leaky(x):
        return functional.leaky_relu(x, .2)

    def resize(x, factor):
        return functional.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)

    class Block(nn.Module):
        def __init__(self, before, after, factor):
            super().__init__()
            self.one, self.two = nn.Conv2d(before, before, 3, 1, 1), nn.Conv2d(before, after, 3, 1, 1)
            self.skip, self.factor = nn.Conv2d(before, after, 1, bias=False), factor

        def forward(self, x):
            inner = leaky(self.two(resize(leaky(self.one(x)), self.factor)))
            return inner + self.skip(resize(x, self.factor))

    class Modulated(nn.Module):
        """A convolution whose weights a style scales; `normal`: then brought to length 1."""

        def __init__(self, before, after, kernel, normal, grow=False):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(1, after, before, kernel, kernel) / (before * kernel ** 2) ** .5)
            self.style, self.normal, self.grow, self.edge = nn.Linear(STYLE, before), normal, grow, kernel // 2
            self.bias = nn.Parameter(torch.zeros(1, after, 1, 1))

        def forward(self, x, style):
            weight = self.weight * (1 + self.style(style)).view(1, 1, -1, 1, 1)
            if self.normal:
                weight = weight * torch.rsqrt(weight.pow(2).sum((2, 3, 4), keepdim=True) + 1e-8)
            if self.grow:
                x = resize(x, 2)
            return functional.conv2d(x, weight[0], padding=self.edge)

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            narrow = {side: channels // 2 for side, channels in CHANNELS.items()}
            self.first = nn.Conv2d(3, narrow[SIDE], 1)
            self.down = nn.ModuleList(Block(narrow[side], narrow[side // 2], .5) for side in sides[:0:-1])
            self.middle = nn.Conv2d(narrow[4], narrow[4], 3, 1, 1)
            self.up = nn.ModuleList(Block(narrow[side // 2], narrow[side], 2) for side in sides[1:])
            self.styles = nn.Linear(narrow[4] * 16, (2 * len(sides)) * STYLE)
            self.scale, self.shift = (nn.ModuleList(
                nn.Sequential(nn.Conv2d(narrow[side], narrow[side], 3, 1, 1), nn.LeakyReLU(.2),
                              nn.Conv2d(narrow[side], CHANNELS[side] // 2, 3, 1, 1)) for side in sides[1:])
                for _ in range(2))
            self.begin = nn.Parameter(torch.randn(1, CHANNELS[4], 4, 4))
            self.zero = Modulated(CHANNELS[4], CHANNELS[4], 3, True)
            self.one = nn.ModuleList(Modulated(CHANNELS[side // 2], CHANNELS[side], 3, True, True) for side in sides[1:])
            self.two = nn.ModuleList(Modulated(CHANNELS[side], CHANNELS[side], 3, True) for side in sides[1:])
            self.rgb = nn.ModuleList(Modulated(CHANNELS[side], 3, 1, False) for side in sides)

        def forward(self, x):
            x, seen = leaky(self.first(x)), []
            for block in self.down:
                x = block(x)
                seen.append(x)
            x = leaky(self.middle(x))
            styles = self.styles(x.flatten(1)).view(-1, STYLE)
            scales, shifts = [], []
            for k, block in enumerate(self.up):
                x = block(x + seen[-1 - k])
                scales.append(self.scale[k](x))
                shifts.append(self.shift[k](x))
            y = leaky(self.zero(self.begin, styles[0]))
            picture = self.rgb[0](y, styles[1])
            for k, (one, two, rgb) in enumerate(zip(self.one, self.two, self.rgb[1:])):
                y = leaky(one(y, styles[2 * k + 1]) + one.bias)
                kept, changed = y.chunk(2, 1)
                y = torch.cat((kept, changed * scales[k] + shifts[k]), 1)
                y = leaky(two(y, styles[2 * k + 2]) + two.bias)
                picture = resize(picture, 2) + rgb(y, styles[2 * k + 3])
            return torch.tanh(picture)
    return Network()


def codeformer():
    import torch
    nn, functional = torch.nn, torch.nn.functional
    widths, codes, size, blocks, width = (64, 128, 128, 256, 256, 512), 1024, 256, 2, 512

    def norm(channels):
        return nn.GroupNorm(32, channels, eps=1e-6)

    class Residual(nn.Module):
        def __init__(self, before, after):
            super().__init__()
            self.body = nn.Sequential(norm(before), nn.SiLU(), nn.Conv2d(before, after, 3, 1, 1), norm(after), nn.SiLU(),
                                      nn.Conv2d(after, after, 3, 1, 1))
            self.skip = nn.Conv2d(before, after, 1) if before != after else nn.Identity()

        def forward(self, x):
            return self.skip(x) + self.body(x)

    class Attention(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.norm, self.all, self.out = norm(channels), nn.Conv2d(channels, 3 * channels, 1), nn.Conv2d(
                channels, channels, 1)

        def forward(self, x):
            query, key, value = self.all(self.norm(x)).flatten(2).chunk(3, 1)
            weights = torch.softmax(query.transpose(1, 2) @ key * x.shape[1] ** -.5, -1)
            return x + self.out((value @ weights.transpose(1, 2)).view(x.shape))

    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.LayerNorm(width), nn.LayerNorm(width)
            self.attention = nn.MultiheadAttention(width, 8, batch_first=True)
            self.wide, self.back = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

        def forward(self, x, place):
            y = self.one(x)
            x = x + self.attention(y + place, y + place, y, need_weights=False)[0]
            return x + self.back(functional.gelu(self.wide(self.two(x))))

    class Fuse(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.both = Residual(2 * channels, channels)
            self.scale, self.shift = (nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1), nn.LeakyReLU(.2),
                                                    nn.Conv2d(channels, channels, 3, 1, 1)) for _ in range(2))

        def forward(self, seen, x, weight):
            both = self.both(torch.cat((seen, x), 1))
            return x + weight * (x * self.scale(both) + self.shift(both))

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.down, self.shrink = nn.Conv2d(3, widths[0], 3, 1, 1), nn.ModuleList(), nn.ModuleList()
            before = widths[0]
            for k, after in enumerate(widths):
                self.down.append(self.stage(before, after, blocks, k == len(widths) - 1))
                if k < len(widths) - 1:
                    self.shrink.append(nn.Conv2d(after, after, 3, 2, 1))
                before = after
            self.middle, self.middle_back = self.centre(before), self.centre(before)
            self.last = nn.Sequential(norm(before), nn.Conv2d(before, size, 3, 1, 1))
            self.inward, self.layers = nn.Linear(size, width), nn.ModuleList(Layer() for _ in range(9))
            self.place, self.book = nn.Parameter(torch.randn(1, 256, width)), nn.Parameter(torch.randn(codes, size))
            self.choose = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, codes, bias=False))
            self.back = nn.Conv2d(size, before, 3, 1, 1)
            self.up, self.grow, self.fuse = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
            for k, after in reversed(list(enumerate(widths))):
                self.up.append(self.stage(before, after, blocks, k == len(widths) - 1))
                self.fuse.append(Fuse(after) if 1 <= k < len(widths) - 1 else nn.Identity())
                if k > 0:
                    self.grow.append(nn.Conv2d(after, after, 3, 1, 1))
                before = after
            self.end = nn.Sequential(norm(before), nn.Conv2d(before, 3, 3, 1, 1))

        @staticmethod
        def stage(before, after, count, attends):
            parts = []
            for k in range(count):
                parts += [Residual(before if k == 0 else after, after)] + [Attention(after)] * attends
            return nn.Sequential(*parts)

        @staticmethod
        def centre(channels):
            return nn.Sequential(Residual(channels, channels), Attention(channels), Residual(channels, channels))

        def forward(self, x, weight):
            weight, seen = weight.to(x.dtype), []
            x = self.first(x)
            for k, stage in enumerate(self.down):
                x = stage(x)
                seen.append(x)
                if k < len(self.shrink):
                    x = self.shrink[k](x)
            x = self.last(self.middle(x))
            tokens = self.inward(x.flatten(2).transpose(1, 2))
            for layer in self.layers:
                tokens = layer(tokens, self.place)
            x = self.book[self.choose(tokens).argmax(-1)].transpose(1, 2).view(x.shape)
            x = self.middle_back(self.back(x))
            for k, (stage, fuse) in enumerate(zip(self.up, self.fuse)):
                x = stage(x)
                if isinstance(fuse, Fuse):
                    x = fuse(seen[-1 - k], x, weight)
                if k < len(self.grow):
                    x = self.grow[k](functional.interpolate(x, scale_factor=2, mode="nearest"))
            return torch.tanh(self.end(x))
    return Network()


def save(name, path):
    """As the published ONNX files are: "input" [1, 3, 512, 512], of CodeFormer "weight" f64 []."""
    import torch
    torch.manual_seed(5)
    module = {"gfpgan": gfpgan, "codeformer": codeformer}[name]().eval().requires_grad_(False)
    inputs = [torch.zeros(1, 3, SIDE, SIDE)] + ([torch.tensor(1., dtype=torch.float64)] if name == "codeformer" else [])
    torch.onnx.export(module, tuple(inputs), str(path), opset_version=OPSET, dynamo=False,
                      input_names=["input", "weight"][:len(inputs)], output_names=["output"])
    print(f"{name}: {sum(p.numel() for p in module.parameters()) / 1e6:.1f} million weights")
