/** A row of the HTTP contract: what the service does, and the tests that show it. */
export interface ContractRow {
  says: string;
  /** A spec file and the title of a test in it, as in the source. */
  shownBy: readonly (readonly [file: string, title: string])[];
  /** True: goes beyond the API that the service follows, or settles a point that its documentation leaves open. */
  isOurs?: true;
  /** The reason for a row without a test: it is not part of this version. */
  leftOut?: string;
}

export interface ContractSection {
  title: string;
  rows: readonly ContractRow[];
}

const API = 'test/e2e/api.spec.ts';
const ACCESS = 'test/e2e/access.spec.ts';
const CONTRACT = 'test/e2e/contract.spec.ts';
const HOSTILE = 'test/e2e/hostile-requests.spec.ts';
const IDENTITY = 'test/e2e/identity.spec.ts';
const LIFE = 'test/e2e/life-cycle.spec.ts';
const PAST = 'test/e2e/past-states.spec.ts';
const READING = 'test/e2e/reading.spec.ts';
const TENANCY = 'test/e2e/tenancy.spec.ts';
const USD = 'test/e2e/usd-rates.spec.ts';
const BULK = 'test/e2e/bulk.spec.ts';
const BODY = 'apps/api/src/purchases/body/purchase-body.spec.ts';
const READER = 'apps/api/src/purchases/body/body-reader.spec.ts';
const QUERY = 'apps/api/src/http/query/read-query.spec.ts';
const DECIDER = 'libs/purchase/src/decider.spec.ts';
const GUARDS = 'libs/write-model/src/guards.spec.ts';
const TOTALS = 'libs/purchase/src/totals.spec.ts';
const RACE = 'test/race/race.spec.ts';
const OPERATIONS = 'test/e2e/operations.spec.ts';

export const CONTRACT_SECTIONS: readonly ContractSection[] = [
  {
    title: 'Every call',
    rows: [
      {
        says: 'Every call requires `Authorization: Bearer` and `Site-Id`.',
        shownBy: [
          [API, 'requires a token for the site with the scope of the route'],
          [TENANCY, '%s refuses a token of another site, and a call without a token'],
        ],
      },
      {
        says: 'Nothing of a site can be read, guessed or changed from another site; an id of another site is answered like an unknown one.',
        shownBy: [
          [TENANCY, '%s answers an id of another site like an unknown one'],
          [TENANCY, '%s returns nothing of another site'],
        ],
      },
      {
        says: '`POST /api/auth/token` exchanges client id and secret for a bearer token that is valid for one hour.',
        shownBy: [
          [API, 'issues tokens only for the correct secret'],
          [ACCESS, 'report an unsupported grant type before missing values'],
        ],
      },
      {
        says: 'A credential has the scopes `read`, `write` and `operate`, or some of them; each route requires one.',
        shownBy: [[TENANCY, 'can call %s if the OpenAPI document says so, else gets 403']],
        isOurs: true,
      },
      {
        says: 'Tokens of a revoked or rotated credential become invalid within seconds; the signing secret is rotated without downtime.',
        shownBy: [
          [ACCESS, 'rejects a token after its credential is revoked or rotated'],
          [ACCESS, 'are signed with the first secret and accepted with any configured secret'],
          ['test/e2e/credentials.spec.ts', 'are rotated; the previous secret is accepted for the requested time'],
        ],
        isOurs: true,
      },
      {
        says: 'An error is `application/problem+json`; its `errors` have code, message and property. The OpenAPI document lists the codes.',
        shownBy: [
          [API, 'answers %s with a problem'],
          [API, 'serves its OpenAPI document'],
          [CONTRACT, 'every problem of the OpenAPI document has a kebab-case code'],
        ],
      },
      {
        says: 'No response contains a stack, SQL or an internal name.',
        shownBy: [[CONTRACT, 'an unexpected error is answered without its message']],
      },
      {
        says: 'A response reports at most 100 invalid values, and whether there are more.',
        shownBy: [
          [READER, 'reports at most 100 errors, indicates that there are more, and does not repeat long names'],
          [QUERY, 'names every wrong parameter, at most 100 of them'],
        ],
      },
      {
        says: 'Unknown, repeated and empty query parameters are refused on every route.',
        shownBy: [
          [READING, 'that %s …%s does not know are refused, and nothing happens'],
          [READING, 'are refused on routes without parameters'],
        ],
      },
      {
        says: 'A method that a path does not support gets 405 with `Allow`.',
        shownBy: [[ACCESS, '%s answers a method that it does not have with those that it has']],
      },
      {
        says: 'A body of another media type or charset than JSON in UTF-8 gets 415; bytes that are not UTF-8 get 400.',
        shownBy: [[HOSTILE, '%s is refused on every route that takes a body']],
      },
      {
        says: 'Too many calls get 429 with `Retry-After` and `RateLimit` headers.',
        shownBy: [
          [ACCESS, 'are limited by client and by address, with Retry-After'],
          [ACCESS, 'limits the calls per minute of each credential separately'],
        ],
      },
      {
        says: 'A concurrent update that retries did not resolve gets 409 with `Retry-After`.',
        shownBy: [
          [GUARDS, 'refuses with concurrent-update and Retry-After when every attempt conflicts'],
          [CONTRACT, 'a concurrent update is a 409 with Retry-After'],
        ],
      },
      {
        says: 'A body has at most 1 MiB, compressed and inflated, else 413; gzip and deflate are accepted.',
        shownBy: [
          [API, 'accepts compressed bodies'],
          [HOSTILE, 'are refused when the body inflates beyond the limit'],
        ],
      },
      {
        says: 'Times have an offset and are returned in UTC with milliseconds; the year is 1 to 9999.',
        shownBy: [
          ['libs/purchase/src/time.spec.ts', 'parses %s as %s'],
          ['libs/purchase/src/time.spec.ts', 'refuses %j as %s'],
        ],
        isOurs: true,
      },
      {
        says: 'Text has no control characters other than tab and line breaks and no lone surrogates; URIs are http or https.',
        shownBy: [
          [API, 'stores text that looks like escapes unchanged; refuses control characters and lone surrogates'],
          [READER, 'reports %s'],
        ],
      },
      {
        says: 'Money is a decimal string with a currency; all sums are exact. Too many decimals and too large amounts are refused.',
        shownBy: [
          ['libs/purchase/src/money/money.spec.ts', 'parses %s %s as %s'],
          ['libs/purchase/src/money/line-totals.spec.ts', 'keeps the difference of any two sums exact'],
        ],
      },
      {
        says: 'Credentials are issued, listed, rotated and revoked over HTTP with the scope `operate`, and by the CLI.',
        shownBy: [
          [
            'test/e2e/credentials.spec.ts',
            'are issued with scopes, label and expiry date, listed without secrets, and revoked',
          ],
          ['test/cli.spec.ts', 'create sites; issue, list and revoke credentials'],
        ],
        isOurs: true,
      },
    ],
  },
  {
    title: 'Routes of purchases',
    rows: [
      {
        says: '`PUT` creates a purchase (201) or replaces it (200) and returns it as stored.',
        shownBy: [
          [API, 'creates and changes a purchase, and returns its timeline'],
          [LIFE, 'from the cart to the order'],
        ],
      },
      {
        says: '`GET` returns the purchase by any of its four identifiers, or 404.',
        shownBy: [[API, 'finds a purchase by each of its four identifiers']],
      },
      {
        says: 'The list is an array without packages, newest `placed_at` first, with `limit`, `offset` and `order_by`.',
        shownBy: [
          [API, 'lists purchases newest first, with filters and pages'],
          [CONTRACT, 'the list has 50 entries by default, skips by offset and is ordered by two times'],
        ],
      },
      {
        says: 'The list is paginated by `cursor` and `Link: rel="next"`.',
        shownBy: [
          [READING, 'returns lists page by page and the statistics of a customer'],
          [
            'libs/read-models/src/queries/purchase-list.spec.ts',
            'continue after a cursor, newest first, those without the ordering time last, each purchase once',
          ],
        ],
        isOurs: true,
      },
      {
        says: 'The list can be filtered by the four customer identifiers, type, status, search words and two times.',
        shownBy: [
          [CONTRACT, 'the list is filtered by %s'],
          [READING, 'of the list are checked: %s'],
          ['libs/read-models/src/queries/purchase-list.spec.ts', 'find words in the spellings that people type'],
        ],
      },
      {
        says: '`dates[last_updated[gte]`, the misspelt form in SparkLayer’s documentation, is accepted.',
        shownBy: [[QUERY, 'reads the misspelt form of a date filter under its correct name']],
      },
      {
        says: '`DELETE` returns 204 or 404; the history is kept.',
        shownBy: [
          [IDENTITY, 'is not found and frees its identifiers'],
          [IDENTITY, 'has a timeline by its id for readers of the same site'],
        ],
      },
      {
        says: 'Transactions are stored by `platform_id`, with a signed total and an opaque `full_transaction`.',
        shownBy: [
          [API, 'are recorded once, updated by their platform id and included in the amount paid'],
          [READER, 'keeps opaque values as sent'],
          [READER, 'reports in a transaction: %s'],
        ],
      },
      {
        says: 'A transaction is included in the amount paid unless `apply_to_balance` is false; a change from true to false removes it.',
        shownBy: [
          [LIFE, 'payments and messages'],
          ['libs/purchase/src/payment-status.spec.ts', 'follows from %s'],
        ],
      },
      {
        says: '`POST` to the history adds messages, notes and e-mails, once for each `Idempotency-Key`.',
        shownBy: [
          [API, 'accepts messages, notes and e-mails, once for each Idempotency-Key'],
          [RACE, 'store one entry for 32 POSTs with the same Idempotency-Key, also after a restart'],
        ],
      },
      {
        says: '`GET /api/v1/purchases/stats` returns number, totals by currency, first and last order of a customer.',
        shownBy: [[READING, 'returns lists page by page and the statistics of a customer']],
        isOurs: true,
      },
      {
        says: 'A `sparklayer` identifier in a path is a UUID; an unknown kind is refused.',
        shownBy: [[IDENTITY, 'of a path that is %s is a 400 that names it']],
      },
    ],
  },
  {
    title: 'The body',
    rows: [
      {
        says: 'Every property of the body is stored and returned.',
        shownBy: [
          [BODY, 'accepts the response of GET (seed ${seed})'],
          [
            'libs/read-models/src/projection/projection.spec.ts',
            'returns the written purchases and their timelines (seed ${seed})',
          ],
        ],
      },
      {
        says: '`unit_total`, `rrp`, `tax_rate` and `discount_gross` are stored and returned, and not included in totals.',
        shownBy: [[CONTRACT, 'unit_total, rrp, tax_rate and discount_gross are stored and not included in totals']],
      },
      {
        says: 'One response reports every missing and invalid value, and nothing is stored.',
        shownBy: [[API, 'reports every invalid value of a body and stores nothing']],
      },
      {
        says: 'The sample bodies of SparkLayer’s documentation are accepted or refused by the same rules.',
        shownBy: [[CONTRACT, 'the sample %s is answered as the contract says']],
      },
      {
        says: '`packages` is an array; a single object gets 400.',
        shownBy: [
          [CONTRACT, 'the sample %s is answered as the contract says'],
          [READER, 'answers %s'],
        ],
        isOurs: true,
      },
      {
        says: 'An address requires its first line, city and country; one with only a name, a postal code and a country gets 400.',
        shownBy: [[CONTRACT, 'an address with only name, postal code and country is rejected']],
      },
      {
        says: 'The path contains an identifier of the purchase; another value in the body renames an existing purchase and gets 400 for a new one.',
        shownBy: [
          [IDENTITY, 'can be changed by a PUT to the path of the old value'],
          [API, 'returns the code and the path of a refusal by the domain'],
        ],
      },
      {
        says: '`calculated_*` is ignored, and rejected with `Prefer: handling=strict`; other unknown properties get 400.',
        shownBy: [
          [BODY, 'ignores calculated values, and reports them in strict mode'],
          [CONTRACT, 'the body of a GET can be sent back, and is rejected in strict mode'],
        ],
      },
      {
        says: 'Every amount is in the currency of the purchase.',
        shownBy: [
          [READER, 'answers %s'],
          [API, 'report every invalid value; are refused in another currency and for an unknown purchase'],
        ],
      },
      {
        says: 'Identifiers of every kind are compared in Unicode form C without white space at the ends.',
        shownBy: [
          [IDENTITY, 'is the same one %s'],
          ['libs/purchase/src/identifier-value.spec.ts', 'is the same despite %s'],
        ],
        isOurs: true,
      },
      {
        says: 'An omitted value, "", null and [] are equivalent.',
        shownBy: [[BODY, 'treats empty values as absent']],
      },
    ],
  },
  {
    title: 'Calculated values',
    rows: [
      {
        says: 'The fulfilment status is the first matching row of one table.',
        shownBy: [
          ['libs/purchase/src/status.spec.ts', 'agrees with the contract for all combinations of three packages'],
          ['libs/purchase/src/status.spec.ts', 'has the meaning of the contract in each row'],
        ],
      },
      {
        says: 'Totals are calculated by one function; `calculated_total` is `payable`.',
        shownBy: [
          [TOTALS, 'sum ordered items and subtract cancelled and refunded ones'],
          [LIFE, 'two partial shipments, a partial refund, and the cancellation of the remaining items'],
        ],
        isOurs: true,
      },
      {
        says: 'Net, tax and gross must add up; a missing one is derived.',
        shownBy: [
          ['libs/purchase/src/money/line-totals.spec.ts', 'of %j with tax lines %j'],
          [BODY, 'derives net, tax and gross, in minor units'],
        ],
      },
      {
        says: '`calculated_total_usd` uses the operator’s rate of the day on which the order was placed, fixed by an event; null without a rate.',
        shownBy: [
          [USD, 'use the rate of the day on which the order was placed, fixed by an event'],
          [USD, 'keep their rate when other rates are loaded, and follow the total of the order'],
          [USD, 'are null until the purchase is placed and when there is no rate; an order in US dollars needs none'],
        ],
      },
      {
        says: 'Rates are loaded by HTTP with the scope `operate` and by the CLI.',
        shownBy: [
          [USD, 'rates are listed page by page, newest day first'],
          ['test/cli.spec.ts', 'load and list US dollar rates'],
        ],
        isOurs: true,
      },
      {
        says: '`calculated_shipping_address` is one line.',
        shownBy: [[CONTRACT, 'the shipping address is returned in one line']],
      },
      {
        says: '`calculated_submitted_at` is the time at which the type first became `order_unconfirmed` or `order`.',
        shownBy: [[DECIDER, 'is the placement date, else the time of the first submission, and does not change']],
      },
      {
        says: 'The payment status is `unpaid`, `part_paid`, `paid` or `overpaid`.',
        shownBy: [['libs/purchase/src/payment-status.spec.ts', 'of payable %d and paid %d is %s']],
        isOurs: true,
      },
    ],
  },
  {
    title: 'Types and conflicts',
    rows: [
      {
        says: 'One table lists the allowed changes of type; any other gets 409 `type-change-refused`.',
        shownBy: [
          [DECIDER, 'for the change of a %s to a %s is %s'],
          [DECIDER, 'refuses the change of a %s to a %s'],
        ],
      },
      {
        says: 'A change of the `sparklayer` identifier gets 403.',
        shownBy: [[DECIDER, 'refuses another sparklayer id and keeps an omitted one']],
      },
      {
        says: 'An identifier that belongs to another purchase gets 409 with its kind, its value and the path of that purchase.',
        shownBy: [[IDENTITY, 'are refused if they belong to another purchase, with a link to that purchase']],
      },
      {
        says: 'An older `revision_date` gets 409; an equal or absent one is accepted.',
        shownBy: [
          [IDENTITY, 'revision_date refuses older values and accepts equal or absent values'],
          [GUARDS, 'refuses an older revision_date when a newer one was written concurrently'],
        ],
      },
      {
        says: 'Every response about one purchase has an `ETag`; `If-Match` and `If-None-Match: *` are honoured, with 412.',
        shownBy: [
          [IDENTITY, 'every response about one purchase has an ETag'],
          [IDENTITY, 'If-Match matches the named revision, one of several, and * if the purchase exists'],
          [IDENTITY, 'If-None-Match: * allows creation and refuses replacement'],
        ],
        isOurs: true,
      },
      {
        says: 'Concurrent writers never lose an update and never create two purchases with one identifier.',
        shownBy: [
          [RACE, 'create one purchase for four identifiers in each of ${ROUNDS} rounds and lose no update'],
          ['test/model/purchase-writer.spec.ts', 'is linearizable (${STEPS} steps from seed ${FIRST_SEED})'],
        ],
      },
      {
        says: 'The same body again appends nothing; `Purchase-Changed` is `false`.',
        shownBy: [[API, 'appends nothing when the same body is sent again']],
        isOurs: true,
      },
    ],
  },
  {
    title: 'History, feed and operations',
    rows: [
      {
        says: 'A dry run returns the events and the result, and stores nothing.',
        shownBy: [
          [API, 'writes nothing in a dry run'],
          [USD, 'are returned by a dry run with the event that would fix the rate'],
        ],
        isOurs: true,
      },
      {
        says: 'Timelines, dry runs, comparisons and the feed have the same names and formats as the purchase.',
        shownBy: [
          [
            'libs/read-models/src/views/event-view.spec.ts',
            'of type %s have the names of the contract and no amount in minor units',
          ],
        ],
        isOurs: true,
      },
      {
        says: 'The timeline has each event with times, actor, sentence, values before and after; it can be filtered and is paginated.',
        shownBy: [
          [LIFE, 'the timeline lists the steps in order'],
          [READING, 'of the timeline are checked: %s'],
          [CONTRACT, 'the timeline is filtered by actor, impersonator, type and time'],
        ],
        isOurs: true,
      },
      {
        says: 'A purchase, its transactions and its history can be read at a revision or a time.',
        shownBy: [
          [PAST, 'equal the responses to the writes, with the ETag of the revision'],
          [PAST, 'include transactions and history'],
          [PAST, 'at a time are those after the last complete write that was recorded by then'],
        ],
        isOurs: true,
      },
      {
        says: 'Two revisions can be compared: the events between them and the values that differ, matched by identifiers.',
        shownBy: [
          [PAST, 'are compared: the events between, and the values that differ, lines by their identity'],
          [PAST, 'are compared by default at the last revision and the one before, and at creation with nothing'],
        ],
        isOurs: true,
      },
      {
        says: 'The feed has every event of the site, numbered from 1 without gaps, as pages and as a resumable stream.',
        shownBy: [
          [LIFE, 'deletion, and the complete feed'],
          [
            'test/feed/feed.spec.ts',
            'of ${WRITERS} writers is read without a gap by a reader that is killed ${KILLS} times',
          ],
          [READING, 'returns the feed of the site as pages and as a stream, and its timeline newest first'],
        ],
        isOurs: true,
      },
      {
        says: 'The numbers of the feed depend only on the history.',
        shownBy: [
          [
            'libs/read-models/src/queries/purchase-list.spec.ts',
            'number the events of a site from 1 without gaps; a rebuild assigns the same numbers',
          ],
        ],
        isOurs: true,
      },
      {
        says: 'A slow reader of the feed uses bounded memory, and the number of streams of a site is limited.',
        shownBy: [
          ['test/feed/feed.spec.ts', 'uses bounded memory for a reader that stops reading'],
          ['test/feed/feed.spec.ts', 'limits the streams of a site'],
        ],
        isOurs: true,
      },
      {
        says: 'A read includes every write that the same process answered; with `Consistency-Token` it includes that write or gets 503.',
        shownBy: [
          [READING, 'GET by any identifier returns the write, even while the read model lags behind'],
          [READING, 'a list with the Consistency-Token includes the write, within the time of Prefer: wait'],
          [READING, 'a read is refused if the write of its token is not included in time'],
          [
            API,
            'returns a Consistency-Token for every write: a new token for a change, the same token without a change',
          ],
        ],
        isOurs: true,
      },
      {
        says: 'Bulk reads and returns NDJSON as a stream, one result per line in order; an invalid line does not affect others.',
        shownBy: [
          [BULK, 'returns one result per line in order; an invalid line does not affect others'],
          [BULK, 'streams: returns the result of a line before the next line is sent'],
          ['test/feed/bulk-load.spec.ts', '${LINES} lines take bounded memory'],
        ],
        isOurs: true,
      },
      {
        says: 'Projections, rebuilds and the quarantine are operated over HTTP.',
        shownBy: [
          [OPERATIONS, 'rebuilds, reports progress and cancels'],
          [OPERATIONS, 'shows the quarantine of the operator’s site and retries it'],
        ],
        isOurs: true,
      },
      {
        says: 'Personal data of a customer are erased by destroying their key.',
        shownBy: [],
        isOurs: true,
        leftOut: 'not in this version',
      },
    ],
  },
  {
    title: 'Description and paths',
    rows: [
      {
        says: 'The OpenAPI 3.1 document is generated from the code and passes the rules of Redocly.',
        shownBy: [
          ['test/specification/openapi.spec.ts', 'is docs/openapi.json'],
          ['test/specification/openapi.spec.ts', 'passes the recommended rules of Redocly'],
        ],
        isOurs: true,
      },
      {
        says: 'Requests generated from the document get responses that it describes.',
        shownBy: [
          [
            'test/fuzz/openapi-requests.spec.ts',
            '${REQUESTS} of them get no 5xx and only responses that the document describes (seed ${seed})',
          ],
        ],
        isOurs: true,
      },
      {
        says: 'A typed client is generated from it.',
        shownBy: [
          ['test/e2e/client.spec.ts', 'calls every operation and gets the responses that the document describes'],
          ['test/specification/client-program.spec.ts', 'compiles a program that uses every call'],
        ],
        isOurs: true,
      },
      {
        says: 'A trailing slash is accepted, `/docs` shows the API, and `/` is the console.',
        shownBy: [
          [ACCESS, 'accepts a trailing slash'],
          [CONTRACT, '/docs returns Swagger UI under a content security policy, and / the console'],
        ],
        isOurs: true,
      },
    ],
  },
];
