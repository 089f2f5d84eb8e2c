/** Control packet types: the high four bits of a packet's first byte (MQTT 3.1.1, table 2.1). */
export const enum PacketType {
  connect = 1,
  connack = 2,
  publish = 3,
  puback = 4,
  pubrec = 5,
  pubrel = 6,
  pubcomp = 7,
  subscribe = 8,
  suback = 9,
  unsubscribe = 10,
  unsuback = 11,
  pingreq = 12,
  pingresp = 13,
  disconnect = 14,
}

/** Bits of the first byte of a PUBLISH (MQTT 3.1.1, 3.3.1). */
export const enum PublishFlag {
  retain = 0x01,
  qos1 = 0x02,
  qos2 = 0x04,
  qosMask = 0x06,
  dup = 0x08,
}
