-- Answers: How much media does each site carry in its busiest ten seconds of an hour, and on average?
-- Needs: media_intervals (run_id, stream_id, interval_s, start_time, bitrate_bps); media_streams (run_id, stream_id,
-- sensor_id, webex, upstream, site, client_subnet)
WITH moments AS (
  SELECT s.sensor_id AS sensor_id, coalesce(s.site, s.client_subnet, 'unknown') AS place, s.upstream AS upstream,
         i.start_time AS moment, sum(i.bitrate_bps) AS bps, count(DISTINCT i.stream_id) AS streams
  FROM newest_media_intervals i
  JOIN newest_media_streams s ON s.run_id = i.run_id AND s.stream_id = i.stream_id
  WHERE i.interval_s = 10 AND s.webex
  GROUP BY s.sensor_id, coalesce(s.site, s.client_subnet, 'unknown'), s.upstream, i.start_time
)
SELECT sensor_id AS sensor, place, date_trunc('hour', moment) AS from_time,
       CASE WHEN upstream THEN 'up' ELSE 'down' END AS direction,
       round(max(bps) / 1e6, 3) AS peak_mbps, max(streams) AS most_streams, round(sum(bps) * 10 / 8e6, 1) AS megabytes
FROM moments
GROUP BY sensor_id, place, date_trunc('hour', moment), upstream
ORDER BY peak_mbps DESC, sensor, place, from_time, direction;
