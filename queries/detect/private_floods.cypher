/*
purpose = "Floods of private messages by strangers: hours in which many accounts write to somebody whom they had nothing to do with before."
order = ["at"]

[params]
target = { type = "account", meaning = "account that gets the messages" }
min_strangers = { type = "integer", default = 5, low = 1, meaning = "least strangers in an hour" }
hostile_at = { type = "number", default = 0.5, low = 0.0, high = 1.0, meaning = "hostility from which a message counts as hostile" }
limit = { type = "integer", default = 1000, low = 1, high = 100000, meaning = "most rows" }

[columns]
at = { type = "time", meaning = "start of the hour (UTC)" }
strangers = { type = "integer", meaning = "accounts that wrote, never acted on the target openly before, and whom the target neither follows nor ever addressed before" }
messages = { type = "integer", meaning = "their private messages" }
hostile = { type = "integer", meaning = "hostile ones among them" }
*/
MATCH (t:Account {account_id: $target})<-[:TARGETS]-(i:Interaction {kind: 'private_message'})
MATCH (a:Account)-[:POSTED]->(i)
WHERE NOT EXISTS { (t)-[:FOLLOWS]->(a) }
  AND NOT EXISTS { MATCH (a)-[:POSTED]->(e:Interaction)-[:TARGETS]->(t) WHERE e.at < i.at AND e.kind <> 'private_message' }
  AND NOT EXISTS { MATCH (t)-[:POSTED]->(x:Interaction)-[:TARGETS]->(a) WHERE x.at < i.at }
WITH datetime.truncate('hour', i.at) AS at, count(DISTINCT a) AS strangers, count(DISTINCT i) AS messages,
  count(DISTINCT CASE WHEN i.hostility >= $hostile_at THEN i END) AS hostile
WHERE strangers >= $min_strangers
RETURN at, strangers, messages, hostile
ORDER BY at
LIMIT $limit
