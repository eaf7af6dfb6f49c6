# PostLens with its models inside: one image for `docker run`, for KubeRay's head and for its
# workers.
#
#   docker build -t postlens:0.2.0 --build-arg PIP_EXTRA_INDEX_URL=<index of torch's CPU wheels> .
#   docker build -t postlens:0.2.0-cuda --build-arg ACCELERATOR=cuda .
#
# PyPI's torch for Linux carries CUDA; the CPU wheels are a tenth of its size and live in
# PyTorch's own index (docs/kubernetes.md). The build fails if the wrong one was found.
ARG PYTHON_VERSION=3.11

FROM python:${PYTHON_VERSION}-slim AS build
ARG ACCELERATOR=cpu
# Without a password in it: build arguments stay readable in the image's history.
ARG PIP_EXTRA_INDEX_URL=""
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE NOTICE ./
COPY scripts/install scripts/install
COPY configs configs
COPY deployments deployments
COPY serve_app serve_app
# The same steps as `make install` and CI. pip's cache is mounted, so it speeds the next build
# up and leaves nothing behind.
RUN --mount=type=cache,target=/root/.cache/pip scripts/install /opt/postlens

FROM python:${PYTHON_VERSION}-slim AS runtime
LABEL org.opencontainers.image.title="PostLens" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 postlens \
    && useradd --uid 10001 --gid postlens --create-home --shell /bin/bash postlens \
    && install --directory --owner=postlens --group=postlens --mode=0700 /data
COPY --from=build /opt/postlens /opt/postlens
# The flags must be there before Ray starts, on every node: without them Serve is ten times
# slower. HAProxy is started with our deadlines and errors. Models come with the image, so the hub is never asked.
ENV PATH=/opt/postlens/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    POSTLENS_DATA_DIR=/data \
    RAY_SERVE_THROUGHPUT_OPTIMIZED=1 \
    RAY_SERVE_ENABLE_HA_PROXY=1 \
    RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S=60 \
    RAY_SERVE_HAPROXY_BINARY_PATH=/opt/postlens/bin/postlens-haproxy \
    RAY_USAGE_STATS_ENABLED=0 \
    HF_HUB_OFFLINE=1 \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
# By number, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /home/postlens
# Only `postlens serve` without a database of its own writes here; on Kubernetes nothing does.
VOLUME /data
EXPOSE 8000
# Ready, not alive: models load for a minute, and a service without them serves no one.
HEALTHCHECK --interval=15s --timeout=5s --start-period=180s --retries=4 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/v1/health/ready', timeout=4)"]
# No ENTRYPOINT: `docker run IMAGE postlens ...`, `ray ...` and KubeRay's own command
# (`/bin/bash -c "ray start ..."`) all say themselves what runs.
CMD ["postlens", "serve", "--host", "0.0.0.0"]
