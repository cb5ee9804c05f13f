# syntax=docker/dockerfile:1
# The responder with its four servers, for linux/arm64 (which AgentCore Runtime asks for) and linux/amd64. The lab and
# what tests need are not in it.
#
#   docker buildx build --platform linux/arm64,linux/amd64 -t sre-agent:0.1.0 .

ARG PYTHON=3.13-slim-bookworm

FROM python:${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/sre-agent
ENV PATH=/opt/sre-agent/bin:$PATH
WORKDIR /src
# What it depends on changes seldom: a layer of its own, each package by the digest in the lock.
COPY infra/container/requirements.lock infra/container/
RUN pip install --require-hashes -r infra/container/requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY sre_agent sre_agent
COPY mcp_servers mcp_servers
COPY prompts prompts
# Of infra the shipped runbooks and policies, which are part of the package.
COPY infra/runbooks infra/runbooks
COPY infra/aws infra/aws
COPY infra/terraform/modules infra/terraform/modules
# The backend is of the lock as well, so nothing is fetched unchecked; without sre_lab the wheel has no lab.
RUN mkdir sre_lab && pip install --no-deps --no-build-isolation . \
    && python -m compileall -q /opt/sre-agent/lib \
    && pip uninstall -q -y hatchling pip

FROM python:${PYTHON}
LABEL org.opencontainers.image.title="sre-agent" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 sre-agent \
    && useradd --uid 10001 --gid 10001 --home-dir /state --no-create-home --shell /usr/sbin/nologin sre-agent \
    && install -d -o 10001 -g 10001 -m 700 /state
COPY --from=build /opt/sre-agent /opt/sre-agent
ENV PATH=/opt/sre-agent/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/state \
    SRE_AGENT_STATE_DIR=/state \
    SRE_AGENT_LISTEN_HOST=0.0.0.0
USER 10001:10001
WORKDIR /state
VOLUME /state
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/ping', timeout=4)"]
ENTRYPOINT ["sre-agent"]
CMD ["serve", "--profile", "aws"]
