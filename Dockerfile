# Browser assets: what package-lock.json names, copied to where the set-up copies it too.
FROM node:24-slim AS assets
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
RUN mkdir -p vendor/uplot && cp node_modules/uplot/dist/uPlot.esm.js node_modules/uplot/dist/uPlot.min.css vendor/uplot/

# Python packages, checked against the hashes of the lock.
FROM python:3.11-slim AS packages
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin highwater
WORKDIR /app
COPY --from=packages /venv /venv
COPY manage.py ./
COPY highwater_events highwater_events
COPY monitor monitor
COPY dashboard dashboard
COPY demo demo
COPY templates templates
COPY static static
COPY --from=assets /build/vendor static/vendor
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HIGHWATER_BIND=0.0.0.0
USER highwater
EXPOSE 8000
CMD ["python", "-m", "dashboard.serve"]
