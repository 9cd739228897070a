"""The open hours: sampled series as range partitions by hour, one row per tick and subject.

Arrays are indexed by partition; a NULL element is unknown. There is no default partition: a missing
hour must be a loud error, not a slow heap. Partitions are made by `monitor.series.partitions`.
"""

from django.db import migrations

CREATE = """
CREATE TABLE monitor_head_sample (
    sampled_at  timestamptz NOT NULL,
    shard       smallint    NOT NULL,
    topic_id    bigint      NOT NULL,
    log_start   bigint[]    NOT NULL,
    log_end     bigint[]    NOT NULL,
    stable_end  bigint[]    NOT NULL,
    PRIMARY KEY (topic_id, sampled_at, shard)
) PARTITION BY RANGE (sampled_at);

CREATE TABLE monitor_lag_sample (
    sampled_at          timestamptz      NOT NULL,
    shard               smallint         NOT NULL,
    group_topic_id      bigint           NOT NULL,
    committed           bigint[]         NOT NULL,
    flags               smallint[]       NOT NULL,
    lag                 bigint,
    lag_max             bigint,
    unknown_partitions  integer          NOT NULL,
    time_lag_seconds    double precision,
    status              text             NOT NULL,
    members             integer,
    PRIMARY KEY (group_topic_id, sampled_at, shard)
) PARTITION BY RANGE (sampled_at);

CREATE TABLE monitor_backlog_sample (
    sampled_at            timestamptz      NOT NULL,
    source_id             bigint           NOT NULL,
    depth                 bigint,
    depth_is_exact        boolean          NOT NULL,
    oldest_age_seconds    double precision,
    by_type               jsonb            NOT NULL,
    inserted_per_second   double precision,
    published_per_second  double precision,
    failed                bigint,
    dead_tuples           bigint,
    PRIMARY KEY (source_id, sampled_at)
) PARTITION BY RANGE (sampled_at);
"""

DROP = """
DROP TABLE monitor_head_sample;
DROP TABLE monitor_lag_sample;
DROP TABLE monitor_backlog_sample;
"""


class Migration(migrations.Migration):
    dependencies = [("monitor", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
