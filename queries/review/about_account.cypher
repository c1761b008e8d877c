/*
purpose = "Everything about one account, for a request of access by the person it belongs to: its acts, acts on it, contracts, follows, findings."
order = ["at", "sort", "interaction_id", "finding_id", "platform", "other_id", "agency_id", "detail"]

[params]
account = { type = "account", meaning = "account" }
limit = { type = "integer", default = 1000000, low = 1, high = 10000000, meaning = "most rows" }

[columns]
at = { type = "time", meaning = "when; null: not known" }
sort = { type = "string", meaning = "act, acted_upon, member, pileon, alert, contract, follows, followed_by, same_person, co_action" }
interaction_id = { type = "interaction", meaning = "interaction" }
finding_id = { type = "string", meaning = "pile-on or alert" }
platform = { type = "string", meaning = "where the interaction is" }
other_id = { type = "account", meaning = "account at the other end" }
agency_id = { type = "string", meaning = "agency that it was signed with" }
detail = { type = "string", meaning = "kind of the act, role, nature, level or source" }

[graph]
links = ["account {sort} other_id", "account {sort} agency_id", "account {sort} finding_id"]
*/
CALL {
  MATCH (:Account {account_id: $account})-[:POSTED]->(i:Interaction)
  RETURN i.at AS at, 'act' AS sort, i.interaction_id AS interaction_id, null AS finding_id,
    i.platform AS platform, null AS other_id, null AS agency_id, i.kind AS detail
  UNION ALL
  MATCH (:Account {account_id: $account})<-[:TARGETS]-(i:Interaction)<-[:POSTED]-(b:Account)
  RETURN i.at AS at, 'acted_upon' AS sort, i.interaction_id AS interaction_id, null AS finding_id,
    i.platform AS platform, b.account_id AS other_id, null AS agency_id, i.kind AS detail
  UNION ALL
  MATCH (:Account {account_id: $account})-[m:MEMBER_OF]->(p:PileOn)
  RETURN m.first_at AS at, 'member' AS sort, null AS interaction_id, p.pileon_id AS finding_id,
    null AS platform, null AS other_id, null AS agency_id, m.role AS detail
  UNION ALL
  MATCH (:Account {account_id: $account})<-[:TARGETS]-(p:PileOn)
  RETURN p.onset AS at, 'pileon' AS sort, null AS interaction_id, p.pileon_id AS finding_id,
    null AS platform, null AS other_id, null AS agency_id, p.nature AS detail
  UNION ALL
  MATCH (:Account {account_id: $account})<-[:TARGETS]-(w:Alert)
  RETURN w.at AS at, 'alert' AS sort, null AS interaction_id, w.alert_id AS finding_id,
    null AS platform, null AS other_id, null AS agency_id, w.level AS detail
  UNION ALL
  MATCH (:Account {account_id: $account})-[s:SIGNED_WITH]->(g:Agency)
  RETURN s.valid_from AS at, 'contract' AS sort, null AS interaction_id, null AS finding_id,
    null AS platform, null AS other_id, g.agency_id AS agency_id, s.source AS detail
  UNION ALL
  MATCH (:Account {account_id: $account})-[f:FOLLOWS]->(b:Account)
  RETURN f.observed_at AS at, 'follows' AS sort, null AS interaction_id, null AS finding_id,
    null AS platform, b.account_id AS other_id, null AS agency_id, null AS detail
  UNION ALL
  MATCH (:Account {account_id: $account})<-[f:FOLLOWS]-(b:Account)
  RETURN f.observed_at AS at, 'followed_by' AS sort, null AS interaction_id, null AS finding_id,
    null AS platform, b.account_id AS other_id, null AS agency_id, null AS detail
  UNION ALL
  MATCH (:Account {account_id: $account})-[s:SAME_PERSON]-(b:Account)
  WHERE b.account_id <> $account
  RETURN s.observed_at AS at, 'same_person' AS sort, null AS interaction_id, null AS finding_id,
    null AS platform, b.account_id AS other_id, null AS agency_id, s.source AS detail
  UNION ALL
  MATCH (:Account {account_id: $account})-[c:CO_ACTED]-(b:Account)
  WHERE b.account_id <> $account
  RETURN c.first_at AS at, 'co_action' AS sort, null AS interaction_id, null AS finding_id,
    null AS platform, b.account_id AS other_id, null AS agency_id, null AS detail
}
RETURN at, sort, interaction_id, finding_id, platform, other_id, agency_id, detail
ORDER BY at, sort, interaction_id, finding_id, platform, other_id, agency_id, detail
LIMIT $limit
