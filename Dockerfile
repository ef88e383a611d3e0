# One image for the five services and the board; docker-compose.yml says which of them a container runs.
FROM python:3.13-slim AS builder
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_CACHE_DIR=1

# What the services need, picked out of the lock file, and the two that the board needs beside (of what operators'
# commands need it takes no more). Development tools, the mongod of the local stack (SSPL) and Kafka's jars stay out. pip refuses a file whose hash differs and a set that is not complete.
COPY requirements.lock ops/ops/locked.py ./
RUN python -m venv --without-pip /opt/footing \
 && python locked.py requirements.lock footing-contracts footing-schemes footing-servicekit \
      footing-referral footing-case footing-outcomes footing-notify footing-door typer psutil > services.lock \
 && pip --python /opt/footing/bin/python install --only-binary :all: --require-hashes --requirement services.lock

# Our own packages, made into wheels by the build backend of the same lock file.
RUN python locked.py requirements.lock hatchling > backend.lock \
 && pip install --only-binary :all: --require-hashes --requirement backend.lock
COPY contracts contracts
COPY schemes/pyproject.toml schemes/pyproject.toml
COPY schemes/schemes schemes/schemes
COPY servicekit servicekit
COPY services services
COPY ops/pyproject.toml ops/pyproject.toml
COPY ops/ops ops/ops
RUN pip wheel --no-deps --no-build-isolation --wheel-dir wheels ./contracts ./schemes ./servicekit ./services/* ./ops \
 && pip --python /opt/footing/bin/python install --no-deps --no-index wheels/*.whl

FROM python:3.13-slim
# What notify tells by file is the only thing that a service writes to disk.
RUN groupadd --gid 10001 footing \
 && useradd --uid 10001 --gid footing --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin footing \
 && install --directory --owner footing --group footing /var/lib/footing/notify
COPY --from=builder /opt/footing /opt/footing
COPY LICENSE /app/
COPY schemes/*.yaml /app/schemes/
COPY schemes/areas /app/schemes/areas
COPY schemes/published /app/schemes/published
COPY schemes/register /app/schemes/register
# What the door shows as the contract, beside what stands in the packages.
COPY contracts/examples /app/contracts/examples
COPY contracts/topics /app/contracts/topics
COPY contracts/CHANGELOG.md contracts/CHANGE_POLICY.md /app/contracts/
# The styles of the pages, as they came.
COPY vendor/govuk-frontend /app/vendor/govuk-frontend
# What the board says of an alarm, and the runbooks that it shows.
COPY ops/monitoring/rules.yaml /app/monitoring/
COPY docs/operate /app/docs/operate
ENV PATH=/opt/footing/bin:$PATH \
    CONTRACTS_DIR=/app/contracts \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    HTTP_HOST=0.0.0.0 \
    LOG_FORMAT=json \
    MONITORING_DIR=/app/monitoring \
    NOTIFY_FOLDER=/var/lib/footing/notify \
    RUNBOOKS_DIR=/app/docs/operate \
    SCHEMES_DIR=/app/schemes \
    VENDOR_DIR=/app/vendor
WORKDIR /app
USER 10001:10001
# Ready is more than alive: every loop makes progress. The container's proxy settings are not asked.
HEALTHCHECK --interval=15s --timeout=5s --start-period=90s --start-interval=2s --retries=3 \
  CMD ["python", "-c", "import http.client, os, sys; service = http.client.HTTPConnection('127.0.0.1', int(os.environ['HTTP_PORT']), timeout=4); service.request('GET', '/health/ready'); sys.exit(service.getresponse().status != 200)"]
