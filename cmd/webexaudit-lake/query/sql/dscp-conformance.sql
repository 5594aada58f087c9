-- Answers: What share of the media that clients send bears the mark that it should, by site and week?
-- Needs: media_intervals (run_id, stream_id, interval_s, dscp, packets, dt); media_streams (run_id, stream_id, flow_id,
-- sensor_id, kind, upstream, webex, site, client_subnet); flows (run_id, flow_id, expected_dscp)
WITH sent AS (
  SELECT i.dt AS day, s.sensor_id AS sensor_id, coalesce(s.site, s.client_subnet, 'unknown') AS place, s.kind AS kind,
         i.packets AS packets, coalesce(i.dscp, -1) AS mark, f.expected_dscp AS expected
  FROM newest_media_intervals i
  JOIN newest_media_streams s ON s.run_id = i.run_id AND s.stream_id = i.stream_id
  JOIN newest_flows f ON f.run_id = s.run_id AND f.flow_id = s.flow_id
  WHERE i.interval_s = 10 AND s.upstream AND s.webex AND s.kind IN ('audio', 'video', 'share') AND i.packets > 0
)
SELECT CAST(date_trunc('week', day) AS DATE) AS week, sensor_id AS sensor, place, kind, sum(packets) AS all_packets,
       round(1e2 * sum(CASE WHEN list_contains(expected, CAST(mark AS VARCHAR)) THEN packets ELSE 0 END)
         / sum(packets), 1) AS right_percent,
       round(1e2 * sum(CASE WHEN mark = 0 THEN packets ELSE 0 END) / sum(packets), 1) AS unmarked_percent,
       round(1e2 * sum(CASE WHEN mark = -1 THEN packets ELSE 0 END) / sum(packets), 1) AS mixed_percent
FROM sent
GROUP BY week, sensor_id, place, kind
ORDER BY week, sensor, place, kind;
