# SPDX-License-Identifier: Apache-2.0
# A bare machine with the demo ready: the steps are those of README.md and docs/install.md, and a test
# compares them. docker build -t reasonseg_ros . && docker run --rm reasonseg_ros
FROM debian:12-slim

RUN apt-get update && apt-get install -y --no-install-recommends \
        build-essential git libegl1 libgl1-mesa-dri make python3 python3-dev python3-venv \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /reasonseg_ros
COPY . .
RUN make setup
ENV PATH=/reasonseg_ros/.venv/bin:$PATH

CMD ["make", "demo"]
