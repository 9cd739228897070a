"""Sealed hours: a compressed block per subject and hour, cut by day, and its summary, cut by month.

A row of `monitor_sealed_hour` alone decides that an hour is sealed. Partitions are made by
`monitor.series.partitions`; there is no default one. Blocks are compressed already, so Postgres
must not try again (EXTERNAL). Columns that may be NULL are unknown then.
"""

from django.db import migrations

CREATE = """
CREATE TABLE monitor_sealed_hour (
    hour       timestamptz PRIMARY KEY,
    sealed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    subjects   integer     NOT NULL,
    samples    bigint      NOT NULL
);

CREATE TABLE monitor_head_block (
    hour      timestamptz NOT NULL,
    topic_id  bigint      NOT NULL,
    shard     smallint    NOT NULL,
    edges     bytea       NOT NULL,
    PRIMARY KEY (topic_id, hour, shard)
) PARTITION BY RANGE (hour);
ALTER TABLE monitor_head_block ALTER edges SET STORAGE EXTERNAL;

CREATE TABLE monitor_lag_block (
    hour            timestamptz NOT NULL,
    group_topic_id  bigint      NOT NULL,
    totals          bytea       NOT NULL,
    commits         bytea       NOT NULL,
    PRIMARY KEY (group_topic_id, hour)
) PARTITION BY RANGE (hour);
ALTER TABLE monitor_lag_block ALTER totals SET STORAGE EXTERNAL;
ALTER TABLE monitor_lag_block ALTER commits SET STORAGE EXTERNAL;

CREATE TABLE monitor_backlog_block (
    hour       timestamptz NOT NULL,
    source_id  bigint      NOT NULL,
    totals     bytea       NOT NULL,
    PRIMARY KEY (source_id, hour)
) PARTITION BY RANGE (hour);
ALTER TABLE monitor_backlog_block ALTER totals SET STORAGE EXTERNAL;

CREATE TABLE monitor_head_summary (
    hour              timestamptz NOT NULL,
    topic_id          bigint      NOT NULL,
    interval_seconds  integer     NOT NULL,
    samples           integer     NOT NULL,
    gaps              integer     NOT NULL,
    first_at          timestamptz NOT NULL,
    last_at           timestamptz NOT NULL,
    produced          bigint,
    PRIMARY KEY (topic_id, hour)
) PARTITION BY RANGE (hour);

CREATE TABLE monitor_lag_summary (
    hour                timestamptz NOT NULL,
    group_topic_id      bigint      NOT NULL,
    interval_seconds    integer     NOT NULL,
    samples             integer     NOT NULL,
    gaps                integer     NOT NULL,
    first_at            timestamptz NOT NULL,
    last_at             timestamptz NOT NULL,
    lag_min             bigint,
    lag_max             bigint,
    lag_mean            double precision,
    lag_last            bigint,
    unknown_partitions  integer     NOT NULL,
    time_lag_min        double precision,
    time_lag_max        double precision,
    time_lag_mean       double precision,
    time_lag_last       double precision,
    produced            bigint,
    consumed            bigint,
    status_worst        text        NOT NULL,
    status_seconds      jsonb       NOT NULL,
    PRIMARY KEY (group_topic_id, hour)
) PARTITION BY RANGE (hour);

CREATE TABLE monitor_backlog_summary (
    hour                  timestamptz NOT NULL,
    source_id             bigint      NOT NULL,
    interval_seconds      integer     NOT NULL,
    samples               integer     NOT NULL,
    gaps                  integer     NOT NULL,
    first_at              timestamptz NOT NULL,
    last_at               timestamptz NOT NULL,
    depth_min             bigint,
    depth_max             bigint,
    depth_mean            double precision,
    depth_last            bigint,
    age_min               double precision,
    age_max               double precision,
    age_mean              double precision,
    age_last              double precision,
    inserted_per_second   double precision,
    published_per_second  double precision,
    failed_last           bigint,
    PRIMARY KEY (source_id, hour)
) PARTITION BY RANGE (hour);

CREATE TABLE monitor_cluster_summary (
    hour                 timestamptz NOT NULL,
    cluster_id           bigint      NOT NULL,
    interval_seconds     integer     NOT NULL,
    samples              integer     NOT NULL,
    gaps                 integer     NOT NULL,
    first_at             timestamptz NOT NULL,
    last_at              timestamptz NOT NULL,
    produced_per_second  double precision,
    consumed_per_second  double precision,
    PRIMARY KEY (cluster_id, hour)
) PARTITION BY RANGE (hour);

-- Each open hour that is sealed gets this as a trigger, so that no late sample is lost unseen.
CREATE FUNCTION monitor_refuse_late_sample() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A sample came too late for %: its hour is sealed. Was the clock set back?',
        TG_TABLE_NAME;
END
$$;
"""

DROP = """
DROP TABLE monitor_sealed_hour;
DROP TABLE monitor_head_block;
DROP TABLE monitor_lag_block;
DROP TABLE monitor_backlog_block;
DROP TABLE monitor_head_summary;
DROP TABLE monitor_lag_summary;
DROP TABLE monitor_backlog_summary;
DROP TABLE monitor_cluster_summary;
DROP FUNCTION monitor_refuse_late_sample CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("monitor", "0010_judged")]
    operations = [migrations.RunSQL(CREATE, DROP)]
