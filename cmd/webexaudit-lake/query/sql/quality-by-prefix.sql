-- Answers: How good is media to and from each range of Webex servers, hour by hour, where the capture lets loss be judged?
-- Needs: media_intervals (run_id, stream_id, interval_s, start_time, packets, expected, lost, jitter_mean_ms);
-- media_streams (run_id, stream_id, flow_id, kind, upstream, webex); flows (run_id, flow_id, prefix);
-- captures (run_id, loss_assessable)
WITH heard AS (
  SELECT date_trunc('hour', i.start_time) AS from_time, coalesce(f.prefix, 'unlisted') AS range_of_servers,
         s.upstream AS upstream, i.stream_id AS stream_id, i.packets AS packets, i.expected AS expected, i.lost AS lost,
         coalesce(i.jitter_mean_ms, 0) * i.packets AS jitter, CASE WHEN i.jitter_mean_ms IS NULL THEN 0 ELSE i.packets END AS timed
  FROM newest_media_intervals i
  JOIN newest_media_streams s ON s.run_id = i.run_id AND s.stream_id = i.stream_id
  JOIN newest_flows f ON f.run_id = s.run_id AND f.flow_id = s.flow_id
  WHERE i.interval_s = 10 AND s.webex AND s.kind IN ('audio', 'video', 'share')
    AND i.run_id NOT IN (SELECT run_id FROM captures WHERE NOT coalesce(loss_assessable, false))
)
SELECT range_of_servers, from_time, CASE WHEN upstream THEN 'up' ELSE 'down' END AS direction,
       count(DISTINCT stream_id) AS streams, sum(packets) AS all_packets,
       round(1e2 * sum(lost) / nullif(sum(expected), 0), 3) AS loss_percent,
       round(sum(jitter) / nullif(sum(timed), 0), 2) AS mean_jitter_ms
FROM heard
GROUP BY range_of_servers, from_time, upstream
ORDER BY range_of_servers, from_time, direction;
