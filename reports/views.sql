-- Views over the tables of a lake of webexaudit, in SQL that DuckDB, ClickHouse, Spark and Trino share. They expect a table or
-- view of each table's name: docs/parquet.md shows how to make them.

-- The runs that count: those with a file that no later run of the same sensor has judged. Files without a hash, as those of
-- windows, are the same where name, packets and times are. An interface is never superseded.
CREATE VIEW newest_runs AS
SELECT DISTINCT c.run_id
FROM captures c
LEFT JOIN captures n
  ON n.sensor_id = c.sensor_id AND n.run_id <> c.run_id
 AND (n.sha256 = c.sha256 OR n.xxh3 = c.xxh3 OR (coalesce(n.sha256, n.xxh3, c.sha256, c.xxh3) IS NULL
      AND n.path = c.path AND n.first_time = c.first_time AND n.last_time = c.last_time AND n.packets = c.packets))
 AND (n.analyzed_at > c.analyzed_at OR (n.analyzed_at = c.analyzed_at AND n.run_seq > c.run_seq))
WHERE n.run_id IS NULL;

CREATE VIEW newest_flows AS SELECT * FROM flows WHERE run_id IN (SELECT run_id FROM newest_runs);
CREATE VIEW newest_media_streams AS SELECT * FROM media_streams WHERE run_id IN (SELECT run_id FROM newest_runs);
CREATE VIEW newest_media_intervals AS SELECT * FROM media_intervals WHERE run_id IN (SELECT run_id FROM newest_runs);
CREATE VIEW newest_tls_sessions AS SELECT * FROM tls_sessions WHERE run_id IN (SELECT run_id FROM newest_runs);
CREATE VIEW newest_reachability AS SELECT * FROM reachability WHERE run_id IN (SELECT run_id FROM newest_runs);
CREATE VIEW newest_sessions AS SELECT * FROM sessions WHERE run_id IN (SELECT run_id FROM newest_runs);
CREATE VIEW newest_findings AS SELECT * FROM findings WHERE run_id IN (SELECT run_id FROM newest_runs);

-- Flows as OCSF 1.1 network activity (class 4001, activity Traffic). "Out" is what the source sent.
CREATE VIEW ocsf_network_activity AS
SELECT 4001 AS class_uid, 4 AS category_uid, 6 AS activity_id, 400106 AS type_uid, 1 AS severity_id,
       start_time AS time, start_time AS traffic_start_time, end_time AS traffic_end_time,
       flow_id AS connection_info_uid, community_id AS connection_info_community_uid, proto AS connection_info_protocol_name,
       CASE proto WHEN 'icmp' THEN 1 WHEN 'tcp' THEN 6 WHEN 'udp' THEN 17 WHEN 'ipv6-icmp' THEN 58 WHEN 'sctp' THEN 132 END AS connection_info_protocol_num,
       src_ip AS src_endpoint_ip, src_port AS src_endpoint_port, dst_ip AS dst_endpoint_ip, dst_port AS dst_endpoint_port,
       bytes_fwd AS traffic_bytes_out, bytes_rev AS traffic_bytes_in,
       packets_fwd AS traffic_packets_out, packets_rev AS traffic_packets_in,
       service AS app_name, sni AS tls_sni, tls_version, ja3 AS tls_ja3_hash, sensor_id AS metadata_product_uid
FROM newest_flows;

-- Flows as Zeek's conn.log. Bytes of payload are orig_bytes and resp_bytes.
CREATE VIEW zeek_conn AS
SELECT start_time AS ts, end_time AS ts_end, flow_id AS uid, community_id,
       src_ip AS id_orig_h, src_port AS id_orig_p, dst_ip AS id_resp_h, dst_port AS id_resp_p, proto, app AS service,
       payload_bytes_fwd AS orig_bytes, payload_bytes_rev AS resp_bytes,
       packets_fwd AS orig_pkts, bytes_fwd AS orig_ip_bytes, packets_rev AS resp_pkts, bytes_rev AS resp_ip_bytes
FROM newest_flows;

-- TLS sessions as Zeek's ssl.log.
CREATE VIEW zeek_ssl AS
SELECT t.start_time AS ts, t.flow_id AS uid, f.src_ip AS id_orig_h, f.src_port AS id_orig_p, f.dst_ip AS id_resp_h, f.dst_port AS id_resp_p,
       t.tls_version AS version, t.cipher_suite AS cipher, t.sni AS server_name, t.resumed, t.alpn AS next_protocol,
       t.cert_subject AS subject, t.cert_issuer AS issuer, t.ja3, t.ja3s, t.ja4
FROM newest_tls_sessions t
LEFT JOIN newest_flows f ON f.run_id = t.run_id AND f.flow_id = t.flow_id;

-- Flows by the names of the Elastic Common Schema 8.
CREATE VIEW ecs_network AS
SELECT flow_id AS event_id, start_time AS event_start, end_time AS event_end, community_id AS network_community_id,
       proto AS network_transport, CASE proto WHEN 'icmp' THEN 1 WHEN 'tcp' THEN 6 WHEN 'udp' THEN 17 WHEN 'ipv6-icmp' THEN 58 WHEN 'sctp' THEN 132 END AS network_iana_number,
       src_ip AS source_ip, src_port AS source_port, dst_ip AS destination_ip, dst_port AS destination_port,
       bytes_fwd AS source_bytes, bytes_rev AS destination_bytes, packets_fwd AS source_packets, packets_rev AS destination_packets,
       service AS network_application, app AS network_protocol, sni AS tls_client_server_name, tls_version, ja3 AS tls_client_ja3,
       sensor_id AS observer_name
FROM newest_flows;
