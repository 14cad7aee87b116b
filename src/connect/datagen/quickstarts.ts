/**
 * The ready-made schemas of `quickstart`: field names, types and key fields as everybody's examples expect them, the values our own. They are made when they
 * are asked for.
 */
import {
  arrayOf,
  counting,
  date,
  doubles,
  fixedRows,
  ints,
  longs,
  mapOf,
  matching,
  moneyBytes,
  oneOfValues,
  record,
  timestamps,
} from './quickstart-fields.ts';
import type { Fields, SchemaJson } from './quickstart-fields.ts';

export interface Quickstart {
  readonly schema: SchemaJson;
  readonly keyField: string;
}

type Make = () => Quickstart;

const people = [
  'Ada Ivers',
  'Bo Lindqvist',
  'Chidi Okafor',
  'Dana Petrov',
  'Elif Aydin',
  'Farid Haddad',
  'Greta Moser',
  'Hiro Tanaka',
];
const addresses = [
  '10.14.3.7',
  '10.20.8.41',
  '172.16.4.90',
  '172.20.1.12',
  '192.168.7.33',
  '192.168.12.5',
  '198.51.100.23',
  '203.0.113.77',
];
const shoeIds = [
  '1b6f3c52-6a0e-4d9b-9a77-2f0f5d1c8e01',
  '5d0a9e14-2c6b-4a3f-8f10-77be0c4d2a02',
  '8e21c7b0-91d4-4f6e-b3a2-09c8d5e6f703',
  'c4f7d3a9-3b58-4e21-a6d0-5e9b1f2c3d04',
];
const customerIds = [
  '2f9d1a70-0c3e-4b8a-9e55-1a2b3c4d5e11',
  '6c8b7e42-5d1f-4a90-8c33-6f7a8b9c0d12',
  'a1d4c9f3-7e60-4b25-b9d8-4c5d6e7f8a13',
  'e7f2b5c8-1a94-4d3c-8e76-0b1c2d3e4f14',
];
const since = 1_609_459_200_000;

function make(keyField: string, namespace: string, name: string, fields: Fields): Make {
  return () => ({ keyField, schema: record(namespace, name, fields) });
}

/** Records that are chosen from a table. */
function table(
  keyField: string,
  namespace: string,
  name: string,
  types: Readonly<Record<string, string>>,
  rows: readonly (readonly (string | number)[])[],
): Make {
  return () => ({ keyField, schema: fixedRows(namespace, name, types, rows) });
}

const user = {
  registertime: longs(1_487_715_775_521, 1_519_273_364_600),
  userid: matching('User_[1-9]'),
  regionid: matching('Region_[1-9]'),
  gender: oneOfValues('string', ['MALE', 'FEMALE', 'OTHER']),
};

const quickstarts: Readonly<Record<string, Make>> = {
  clickstream_codes: table('code', 'clickstream', 'codes', { code: 'int', definition: 'string' }, [
    [200, 'Successful'],
    [302, 'Redirect'],
    [404, 'Page not found'],
    [405, 'Method not allowed'],
    [406, 'Not acceptable'],
    [407, 'Proxy authentication required'],
  ]),
  clickstream: make('ip', 'clickstream', 'events', {
    ip: oneOfValues('string', addresses),
    userid: ints(0, 40),
    remote_user: oneOfValues('string', ['-']),
    time: counting('string', 1, 10),
    _time: counting('long', 1, 10),
    request: oneOfValues('string', [
      'GET /index.html HTTP/1.1',
      'GET /images/logo.png HTTP/1.1',
      'GET /account/login HTTP/1.1',
      'POST /account/login HTTP/1.1',
    ]),
    status: oneOfValues('string', ['200', '302', '404', '405', '406', '407']),
    bytes: oneOfValues('string', ['278', '1289', '2048', '4096', '4006', '14096']),
    referrer: oneOfValues('string', ['-']),
    agent: oneOfValues('string', [
      'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0',
      'Mozilla/5.0 (compatible; examplebot/1.0)',
    ]),
  }),
  clickstream_users: make('user_id', 'clickstream', 'users', {
    user_id: counting('int', 1),
    username: oneOfValues('string', ['ada_7', 'bo.l', 'chidi42', 'dana_p', 'elif', 'farid_h', 'greta99', 'hirot']),
    registered_at: longs(1_407_645_330_000, 1_502_339_792_000),
    first_name: oneOfValues(
      'string',
      people.map((name) => name.split(' ')[0] ?? ''),
    ),
    last_name: oneOfValues(
      'string',
      people.map((name) => name.split(' ')[1] ?? ''),
    ),
    city: oneOfValues('string', ['Palo Alto', 'San Francisco', 'Raleigh', 'London', 'Frankfurt', 'New York']),
    level: oneOfValues('string', ['Gold', 'Silver', 'Platinum']),
  }),
  orders: make('orderid', 'ksql', 'orders', {
    ordertime: longs(1_487_715_775_521, 1_519_273_364_600),
    orderid: counting('int', 0),
    itemid: matching('Item_[1-9][0-9]{0,2}'),
    orderunits: doubles(0.1, 10),
    address: record(undefined, 'address', {
      city: matching('City_[1-9]{0,2}'),
      state: matching('State_[1-9]{0,2}'),
      zipcode: longs(10_000, 99_999),
    }),
  }),
  ratings: make('rating_id', 'ksql', 'ratings', {
    rating_id: counting('long', 1),
    user_id: ints(-1, 20),
    stars: ints(1, 5),
    route_id: ints(1, 9999),
    rating_time: counting('long', 1, 12),
    channel: oneOfValues('string', ['web', 'iOS', 'ios', 'iOS-test', 'android']),
    message: oneOfValues('string', [
      'on time and friendly',
      'lost my bag again',
      'best seat I ever had',
      'never again',
      'the coffee was fine',
      'could be better',
    ]),
  }),
  users: make('userid', 'ksql', 'users', user),
  users_: make('userid', 'ksql', 'users', {
    ...user,
    interests: arrayOf([
      ['Game', 'News'],
      ['Game', 'Sport'],
      ['News', 'Movies'],
      ['News', 'Travel'],
    ]),
    contactinfo: mapOf([
      { phone: '5550100', city: 'San Mateo', state: 'CA', zipcode: '94403' },
      { phone: '5550142', city: 'Raleigh', state: 'NC', zipcode: '27601' },
      { phone: '5550177', city: 'Austin', state: 'TX', zipcode: '78701' },
    ]),
  }),
  pageviews: make('viewtime', 'ksql', 'pageviews', {
    viewtime: counting('long', 1, 10),
    userid: matching('User_[1-9]'),
    pageid: matching('Page_[1-9][0-9]'),
  }),
  stock_trades: make('symbol', 'ksql', 'StockTrade', {
    side: oneOfValues('string', ['BUY', 'SELL']),
    quantity: ints(1, 5000),
    symbol: oneOfValues('string', ['ZBZX', 'ZJZZT', 'ZTEST', 'ZVV', 'ZVZZT', 'ZWZZT', 'ZXZZT']),
    price: ints(5, 1000),
    account: oneOfValues('string', ['ABC123', 'LMN456', 'XYZ789']),
    userid: matching('User_[1-9]'),
  }),
  inventory: make('id', 'ksql', 'inventory', {
    id: counting('long', 0),
    quantity: counting('long', 0),
    productid: counting('long', 0),
  }),
  product: make('id', 'ksql', 'product', {
    id: counting('long', 0),
    name: counting('string', 0),
    description: counting('string', 0),
    price: counting('double', 0),
  }),
  purchases: make('id', 'datagen.example', 'purchase', {
    id: counting('long', 0),
    item_type: oneOfValues('string', ['boots', 'shirt', 'kettle', 'saucepan', 'table', 'chair', 'clock', 'lamp']),
    quantity: longs(1, 10),
    price_per_unit: moneyBytes(4, 2),
  }),
  transactions: make('transaction_id', 'datagen.example', 'transactions', {
    transaction_id: counting('long', 1),
    card_id: longs(1, 24),
    user_id: matching('User_[1-9]{0,1}'),
    purchase_id: counting('long', 0),
    store_id: ints(1, 7),
  }),
  stores: table('store_id', 'datagen.example', 'stores', { store_id: 'int', city: 'string', state: 'string' }, [
    [1, 'Raleigh', 'NC'],
    [2, 'Chicago', 'IL'],
    [3, 'Sacramento', 'CA'],
    [4, 'Austin', 'TX'],
    [5, 'Boston', 'MA'],
    [6, 'Atlanta', 'GA'],
  ]),
  credit_cards: () => ({
    keyField: 'card_id',
    schema: fixedRows(
      'datagen.example',
      'users',
      { card_id: 'int', card_number: 'long', cvv: 'int', expiration_date: 'string' },
      Array.from({ length: 23 }, (_, i) => [
        i + 1,
        4_000_000_000_000_000 + i * 7_654_321,
        100 + i * 31,
        `${String((i % 12) + 1).padStart(2, '0')}/${27 + (i % 5)}`,
      ]),
    ),
  }),
  campaign_finance: make('candidate_id', 'datagen', 'campaign_finance', {
    time: longs(1_587_715_775_521, 1_619_273_364_600),
    candidate_id: matching('[A-Z][1-9]{8,8}'),
    party_affiliation: oneOfValues('string', ['REP', 'DEM', 'IND']),
    contribution: ints(20, 3500),
  }),
  fleet_mgmt_description: make('vehicle_id', 'fleet_mgmt', 'fleet_mgmt_description', {
    vehicle_id: ints(1000, 9999),
    driver_name: oneOfValues('string', people),
    license_plate: matching('[A-Z]{2}\\d{6}[A-Z]'),
  }),
  fleet_mgmt_location: make('vehicle_id', 'fleet_mgmt', 'fleet_mgmt_location', {
    vehicle_id: ints(1000, 9999),
    location: record(undefined, 'location', { latitude: doubles(-90, 90), longitude: doubles(-180, 180) }),
    ts: timestamps(since, 100_000),
  }),
  fleet_mgmt_sensors: make('vehicle_id', 'fleet_mgmt', 'fleet_mgmt_sensors', {
    vehicle_id: ints(1000, 9999),
    engine_temperature: ints(150, 250),
    average_rpm: ints(1800, 5000),
  }),
  pizza_orders: make('store_id', 'pizza_orders', 'pizza_orders', {
    store_id: ints(1, 10),
    store_order_id: counting('int', 1000, 1),
    coupon_code: ints(1000, 2000),
    date: date(18_000, 19_000),
    status: oneOfValues('string', ['accepted']),
    order_lines: {
      type: 'array',
      items: fixedRows(
        undefined,
        'order_line',
        { product_id: 'int', category: 'string', quantity: 'int', unit_price: 'double', net_price: 'double' },
        [
          [11, 'pizza', 2, 11.5, 23],
          [27, 'calzone', 1, 9.75, 9.75],
          [38, 'salad', 3, 6.2, 18.6],
          [52, 'dessert', 4, 4.9, 19.6],
        ],
      ),
      'arg.properties': { length: { min: 1, max: 5 } },
    },
  }),
  pizza_orders_completed: make('store_id', 'pizza_orders', 'pizza_orders_completed', {
    store_id: ints(1, 10),
    store_order_id: counting('int', 1000, 2),
    date: date(18_000, 19_000),
    status: oneOfValues('string', ['completed']),
    rack_time_secs: ints(130, 230),
    order_delivery_time_secs: ints(1100, 2000),
  }),
  pizza_orders_cancelled: make('store_id', 'pizza_orders', 'pizza_orders_cancelled', {
    store_id: ints(1, 10),
    store_order_id: counting('int', 1001, 2),
    date: date(18_000, 19_000),
    status: oneOfValues('string', ['cancelled']),
  }),
  insurance_offers: table(
    'offer_id',
    'insurance',
    'insurance_offers',
    { offer_id: 'int', offer_name: 'string', offer_url: 'string' },
    [
      [1, 'new_home_policy', 'https://example.com/offers/home'],
      [2, 'new_auto_policy', 'https://example.com/offers/auto'],
      [3, 'new_boat_policy', 'https://example.com/offers/boat'],
      [4, 'new_pet_policy', 'https://example.com/offers/pet'],
    ],
  ),
  insurance_customers: () => ({
    keyField: 'customer_id',
    schema: fixedRows(
      'insurance',
      'insurance_customers',
      {
        customer_id: 'int',
        first_name: 'string',
        last_name: 'string',
        email: 'string',
        gender: 'string',
        income: 'int',
        fico: 'int',
        years_active: 'int',
      },
      people.map((name, i) => {
        const [first = '', last = ''] = name.split(' ');
        return [
          200 + i * 97,
          first,
          last,
          `${first.toLowerCase()}@example.com`,
          i % 2 === 0 ? 'Female' : 'Male',
          41_000 + i * 37_500,
          480 + i * 45,
          1 + i,
        ];
      }),
    ),
  }),
  insurance_customer_activity: make('activity_id', 'insurance', 'insurance_customer_activity', {
    activity_id: counting('int', 1, 1),
    customer_id: oneOfValues(
      'int',
      people.map((_, i) => 200 + i * 97),
    ),
    activity_type: oneOfValues('string', ['web_open', 'mobile_open', 'new_account']),
    propensity_to_churn: doubles(0.01, 1),
    ip_address: oneOfValues('string', addresses),
  }),
  gaming_games: make('id', 'gaming', 'gaming_games', {
    id: ints(1000, 5000),
    room_name: oneOfValues('string', [
      'Arcade -- Rookie',
      'Arcade -- Skilled',
      'Arcade -- Expert',
      'Survival -- Rookie',
      'Survival -- Skilled',
      'Survival -- Expert',
    ]),
    created_date: timestamps(since, 100_000),
  }),
  gaming_players: () => ({
    keyField: 'player_id',
    schema: fixedRows(
      'gaming',
      'gaming_players',
      { player_id: 'int', player_name: 'string', ip: 'string' },
      people.map((name, i) => [1001 + i, name, addresses[i] ?? '']),
    ),
  }),
  gaming_player_activity: make('player_id', 'gaming', 'gaming_player_activity', {
    player_id: ints(1001, 1101),
    game_room_id: ints(1000, 5000),
    points: ints(10, 500),
    coordinates: matching('\\[[0-9][0-9],[0-9][0-9]\\]'),
  }),
  payroll_employee: () => ({
    keyField: 'employee_id',
    schema: fixedRows(
      'payroll',
      'payroll_employee',
      {
        employee_id: 'int',
        first_name: 'string',
        last_name: 'string',
        age: 'int',
        ssn: 'string',
        hourly_rate: 'int',
        gender: 'string',
        email: 'string',
      },
      people.map((name, i) => {
        const [first = '', last = ''] = name.split(' ');
        return [
          1000 + i,
          first,
          last,
          24 + i * 4,
          `000-${String(10 + i)}-${String(4000 + i * 113)}`,
          18 + i * 3,
          i % 2 === 0 ? 'female' : 'male',
          `${first.toLowerCase()}@example.com`,
        ];
      }),
    ),
  }),
  payroll_employee_location: make('employee_id', 'payroll', 'payroll_employee_location', {
    employee_id: ints(1000, 1100),
    lab: matching('lab-\\d{1}'),
    department_id: ints(1, 10),
    arrival_date: date(18_000, 19_000),
  }),
  payroll_bonus: make('employee_id', 'payroll', 'payroll_bonus', {
    employee_id: ints(1000, 1100),
    bonus: ints(10, 50),
    ts: { ...longs(since, 1_640_995_199_000), logicalType: 'timestamp-millis' },
  }),
  syslog_logs: make('host', 'syslogs', 'syslog_logs', {
    name: matching('[a-zA-Z]{5,8}'),
    type: oneOfValues('string', ['RFC5424', 'RFC3164', 'CEF', 'UNKNOWN']),
    message: matching('[a-z ]{10,15}'),
    host: oneOfValues('string', addresses),
    version: oneOfValues('string', ['3.25.1']),
    tag: oneOfValues('string', ['.source.s_src']),
    level: ints(0, 191),
    facility: oneOfValues('string', ['syslog', 'authpriv', 'cron']),
    severity: ints(0, 8),
    appName: matching('[A-Z]{5,8}'),
    remoteAddress: oneOfValues('string', addresses),
    rawMessage: matching('[a-z ]{10,15}'),
    processId: matching('[1-9]{1}[0-9]{6}'),
    messageId: matching('[1-9]{1}[0-9]{2}'),
    deviceVendor: matching('[a-z]{5}'),
    deviceProduct: matching('[a-z]{5}'),
    deviceVersion: oneOfValues('string', ['1.0', '2.0', '3.0', '4.0', '5.0']),
    ts: counting('long', since, 100),
  }),
  device_information: make('device_ip', 'device_information', 'device_information', {
    device_ip: oneOfValues('string', addresses),
    mac_address: oneOfValues(
      'string',
      addresses.map((_, i) => `02-00-5E-10-00-${(16 + i * 9).toString(16).toUpperCase()}`),
    ),
    owner: oneOfValues('string', people),
  }),
  siem_logs: make('hostname', 'siem_logs', 'siem_logs', {
    hostname: oneOfValues('string', addresses),
    action: oneOfValues('string', ['allow', 'deny']),
    l4: oneOfValues('string', ['tcp']),
    access_group: oneOfValues('string', ['group-1', 'group-2', 'group-3', 'group-4', 'admin']),
    source: record(undefined, 'source', { ip: oneOfValues('string', addresses), port: ints(10_000, 99_999) }),
    destination: record(undefined, 'destination', { ip: oneOfValues('string', addresses), port: ints(10_000, 99_999) }),
  }),
  shoes: () => ({
    keyField: 'id',
    schema: fixedRows(
      'shoes',
      'shoe_product',
      { id: 'string', brand: 'string', name: 'string', sale_price: 'int', rating: 'double' },
      shoeIds.map((id, i) => [
        id,
        ['Norte', 'Falke & Sohn', 'Rivera', 'Umi'][i] ?? '',
        ['Pace 1', 'Trail 7', 'City 3', 'Peak 9'][i] ?? '',
        6995 + i * 1500,
        i + 0.5,
      ]),
    ),
  }),
  shoe_customers: () => ({
    keyField: 'id',
    schema: fixedRows(
      'shoes',
      'shoe_customers',
      {
        id: 'string',
        first_name: 'string',
        last_name: 'string',
        email: 'string',
        phone: 'string',
        street_address: 'string',
        state: 'string',
        zip_code: 'string',
        country: 'string',
        country_code: 'string',
      },
      customerIds.map((id, i) => {
        const [first = '', last = ''] = (people[i] ?? '').split(' ');
        return [
          id,
          first,
          last,
          `${first.toLowerCase()}@example.com`,
          `555-010-00${10 + i}`,
          `${7 + i * 12} Example Street`,
          ['NC', 'TX', 'CA', 'NY'][i] ?? '',
          String(27_601 + i * 811),
          'United States',
          'US',
        ];
      }),
    ),
  }),
  shoe_orders: make('order_id', 'shoes', 'shoe_orders', {
    order_id: counting('int', 1000, 1),
    product_id: oneOfValues('string', shoeIds),
    customer_id: oneOfValues('string', customerIds),
    ts: timestamps(since, 100_000),
  }),
  shoe_clickstream: make('product_id', 'shoes', 'shoe_clickstream', {
    product_id: oneOfValues('string', shoeIds),
    user_id: oneOfValues('string', customerIds),
    view_time: ints(10, 120),
    page_url: matching('https://www[.]example[.]com/product/[a-z]{5}'),
    ip: oneOfValues('string', addresses),
    ts: timestamps(since - 2_000_000, 10_000),
  }),
};

/** All names, in the order in which the error about an unknown one lists them. */
export const quickstartNames: readonly string[] = Object.keys(quickstarts);

/** The quickstart of a name in any case; undefined when there is none. */
export function quickstartOf(name: string): Quickstart | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(quickstarts, key) ? quickstarts[key]?.() : undefined;
}
