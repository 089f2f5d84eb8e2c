/** Who a device is to IoT Hub. */
export interface AzureIdentity {
  /** The hub's full name: `contoso.azure-devices.net`. */
  readonly host: string;
  readonly deviceId: string;
  /** Empty: the device itself. */
  readonly moduleId: string;
}

/** "Understand the identity registry in your IoT hub", device identity properties. */
export const DEVICE_ID = /^[A-Za-z0-9\-.%_*?!(),:=@$']{1,128}$/;

/** The client identifier: `{device}` or `{device}/{module}`. */
export function azureClientId({ deviceId, moduleId }: AzureIdentity): string {
  return moduleId === '' ? deviceId : deviceId + '/' + moduleId;
}

/** The user name in CONNECT. */
export function azureUserName(identity: AzureIdentity): string {
  return identity.host + '/' + azureClientId(identity) + '/?api-version=2021-04-12';
}

/** What a token gives access to, and with `devices/…` alone how topics begin. */
export function azureResource({ deviceId, moduleId }: AzureIdentity): string {
  const device = 'devices/' + deviceId;
  return moduleId === '' ? device : device + '/modules/' + moduleId;
}
