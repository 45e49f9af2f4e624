// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @dev Where ERC-1967 keeps the address of the code: keccak256("eip1967.proxy.implementation") - 1.
bytes32 constant ERC1967_IMPLEMENTATION = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;
/// @dev And that of who may replace it: keccak256("eip1967.proxy.admin") - 1.
bytes32 constant ERC1967_ADMIN = 0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103;

/**
 * @title EscrowProxyDouble
 * @notice A test double of the proxies that the live escrow contracts stand behind, as far as a client can notice one: the
 * slots of ERC-1967, the events, and code that can be replaced. With an admin it is of the transparent kind, without one it
 * leaves upgrades to its implementation.
 */
contract EscrowProxyDouble {
    event Upgraded(address indexed implementation);
    event AdminChanged(address previousAdmin, address newAdmin);

    constructor(address implementation, address admin, bytes memory initialize) {
        _upgrade(implementation);
        if (admin != address(0)) {
            assembly ("memory-safe") {
                sstore(ERC1967_ADMIN, admin)
            }
            emit AdminChanged(address(0), admin);
        }
        (bool done,) = implementation.delegatecall(initialize);
        require(done, "not initialized");
    }

    fallback() external payable {
        address admin;
        assembly ("memory-safe") {
            admin := sload(ERC1967_ADMIN)
        }
        if (msg.sender == admin && msg.sig == bytes4(keccak256("upgradeTo(address)"))) {
            _upgrade(abi.decode(msg.data[4:], (address)));
            return;
        }
        assembly {
            let implementation := sload(ERC1967_IMPLEMENTATION)
            calldatacopy(0, 0, calldatasize())
            let done := delegatecall(gas(), implementation, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch done
            case 0 { revert(0, returndatasize()) }
            default { return(0, returndatasize()) }
        }
    }

    receive() external payable {}

    function _upgrade(address implementation) private {
        require(implementation.code.length > 0, "no code");
        assembly ("memory-safe") {
            sstore(ERC1967_IMPLEMENTATION, implementation)
        }
        emit Upgraded(implementation);
    }
}
