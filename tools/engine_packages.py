# SPDX-License-Identifier: Apache-2.0
"""What the tools that export and check the engines run in. torch is some 5 GB with the libraries it asks for; an index
with its builds for processors only (torch==2.6.0+cpu) will do."""
PACKAGES = ["torch==2.6.0", "diffusers==0.32.2", "transformers==4.48.3", "onnx==1.17.0", "numpy==1.26.4",
            "onnxruntime==1.23.2", "accelerate==1.3.0", "sentencepiece==0.2.0", "scipy==1.15.1",
            "librosa==0.10.2.post1", "opencv-python-headless==4.11.0.86", "pillow==11.1.0"]
