// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {MockMXNB} from "../../src/test/MockMXNB.sol";

/// @notice MXNB as an upgrade of its code might leave it: before the Transfer of a `transfer` it writes something else down.
contract TalkativeMXNB is MockMXNB {
    event Noted(uint256 value);

    constructor(address masterMinter_, address pauser_, address blacklister_)
        MockMXNB(masterMinter_, pauser_, blacklister_)
    {}

    function transfer(address to, uint256 value) public override returns (bool) {
        emit Noted(value);
        return super.transfer(to, value);
    }
}
