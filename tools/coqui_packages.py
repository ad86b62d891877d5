# SPDX-License-Identifier: Apache-2.0
"""What tools/export/vits.py and tools/check_vits.py run in: Coqui's own code. torch is some 5 GB with the libraries it
asks for; an index with its builds for processors only (torch==2.6.0+cpu) will do."""
PACKAGES = ["torch==2.6.0", "torchaudio==2.6.0", "coqui-tts==0.26.2", "onnx==1.17.0", "onnxruntime==1.23.2"]
